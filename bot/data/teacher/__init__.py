"""Who writes the texts of the data: a teacher behind an OpenAI-compatible server, or the annotations alone.

What comes out is `bot.data.records.Description`; `bot.data.describing` is the step.
"""

from bot.data.teacher.options import TeacherOptions

__all__ = ["TeacherOptions"]
