"""Who is in a photo: regions and embeddings, each chat's index, similarity, assignment, calibrated grades.

`Retriever` keeps the chats' indexes, `Recognizer` finds a chat's concepts in a photo and picks the region of a photo
that is to be remembered, `reembed` brings stored references up to date after a change of encoder.
"""

from core.recognition.calibration import Calibration
from core.recognition.index import ChatIndex
from core.recognition.recognizer import PhotoFeatures, Recognizer
from core.recognition.reembedding import reembed
from core.recognition.retriever import Retriever
from core.recognition.subject import EnrolmentSample

__all__ = ["Calibration", "ChatIndex", "EnrolmentSample", "PhotoFeatures", "Recognizer", "Retriever", "reembed"]
