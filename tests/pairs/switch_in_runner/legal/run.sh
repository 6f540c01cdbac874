#!/bin/bash
export DATA_PATH=./data/datasets/fineweb10B_sp1024
export TTT_LR=0.003
export PRE_EPOCHS=0
torchrun --standalone --nproc_per_node=8 train_gpt.py | tee train.log
