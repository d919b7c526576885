"""What the benchmarks of full-size models share, and those that only a GPU makes worth running (`on_gpu.sh`)."""
