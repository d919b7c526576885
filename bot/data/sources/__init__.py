"""Where photos of subjects come from; each source yields `SubjectPhoto`s."""
