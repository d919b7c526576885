"""What the experiments share: models behind a cache, recognition and answering with them, measures, reports, plots."""
