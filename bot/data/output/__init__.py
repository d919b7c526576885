"""What a build leaves behind, and how it is looked through: trainers' folders, the data card, checks, a page."""
