"""Serves a GGUF as an OpenAI-compatible endpoint until its input closes: `endpoint.py MODEL`."""

import os
import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.verbosity = 1
# Threads that wait for each other by spinning; footnote needs a processor too.
params.cpuparams.n_threads = max(1, os.cpu_count() // 2)
params.model.path = sys.argv[1]
params.model_alias = {"served"}
params.hostnames, params.port = ["127.0.0.1"], 0
params.n_ctx, params.n_parallel = 4096, 1
server = xllamacpp.Server(params)
print("listening on", server.listening_address, flush=True)
sys.stdin.read()
