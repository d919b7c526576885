"""From photos to pictures and crops of subjects: found where nobody drew a box, judged by gates, written as JPEG."""
