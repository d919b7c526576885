"""Where photos of subjects come from: a reader for each layout, and what all of them have in common.

PATH ─ layouts.opened → SourceReader ─ gathering.gather → SubjectPhoto, Refusal
"""
