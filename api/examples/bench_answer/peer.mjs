// Runs llama.cpp for `bench_answer`: one JSON request a line on stdin, one reply a line.
//
//     node peer.mjs MODEL.gguf THREADS      (where node-llama-cpp is installed)
//
// {"read": [token ids], "write": n}  ->  {"read_ms", "write_ms", "tokens": [ids]}
// {"read": [token ids], "likely": n} ->  {"likely": [[id, probability], ...]}
// {"tokenize": text}                 ->  {"tokens": [ids]}

import {createInterface} from "node:readline";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const resolve = createRequire(`${process.cwd()}/`).resolve;
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(resolve("node-llama-cpp")));
const [modelPath, threads] = process.argv.slice(2);

const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.disabled, maxThreads: Number(threads)});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({threads: Number(threads), contextSize: 4096, batchSize: 512});
const sequence = context.getSequence();

// Greedy; the first token comes when the prompt is read.
async function write({read, write}) {
    const tokens = [];
    const start = performance.now();
    let first = start;
    for await (const token of sequence.evaluate(read, {temperature: 0, yieldEogToken: true})) {
        if (tokens.push(token) === 1) first = performance.now();
        if (tokens.length >= write) break;
    }
    return {read_ms: first - start, write_ms: performance.now() - first, tokens};
}

async function likely({read, likely}) {
    const last = [read.at(-1), {generateNext: {probabilities: true, options: {temperature: 1}}}];
    const replies = await sequence.controlledEvaluate([...read.slice(0, -1), last]);
    const all = [...replies.at(-1).next.probabilities.entries()];
    return {likely: all.sort((a, b) => b[1] - a[1]).slice(0, likely)};
}

async function answer(request) {
    if ("tokenize" in request) return {tokens: model.tokenize(request.tokenize, false, "trimLeadingSpace")};
    await sequence.clearHistory();
    return "write" in request ? write(request) : likely(request);
}

for await (const line of createInterface({input: process.stdin})) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
}
process.exit(0);
