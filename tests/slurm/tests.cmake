ct_test(slurm/render_test.cpp)
