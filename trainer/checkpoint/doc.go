// Package checkpoint keeps a training run on disk, so that it can be played,
// looked at and gone on with.
//
// Its nouns:
//
//   - Directory: one run's, locked by the one process that trains it.
//   - Run: what was trained, of what, and how far it came. It is run.json.
//   - Weights: the learned arrays of a model: those with the best score so far
//     are model.safetensors.
//   - State: all that training needs to go on as if it had never stopped:
//     weights, moments of the optimizer, places in the data. It is
//     last.safetensors.
//   - Point: what was measured at a step, a line of metrics.jsonl. DrawCurves
//     makes curves.svg of them.
//
// Every file but metrics.jsonl is replaced as a whole, so there is the old one
// or the new one, whatever happens. What metrics.jsonl has beyond the last State
// is cut off by the run that goes on from there, which writes the same lines
// again.
package checkpoint
