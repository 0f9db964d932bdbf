# Each brings up a Slurm cluster of its own on this machine, and says why it can't where it can't.
ct_program_test(slurm/cluster/pipeline_test slurm 300 2)
ct_program_test(slurm/cluster/interruption_test slurm 900 2)
