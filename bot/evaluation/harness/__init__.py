"""What every experiment uses: the models behind a cache, measures, reports, plots."""
