package decima

import (
	"fmt"

	"trailblazer/internal/safetensors"
)

// Widths of the network's inputs and embeddings.
const (
	jobFeatures   = 3
	stageFeatures = 5 // those of the job come first
	width         = 16
	// joined is a stage's features and its embedding.
	joined = stageFeatures + width
)

// Network holds the weights. It is immutable and safe for concurrent use.
type Network struct {
	prepare, message, update mlp // of a stage
	jobPart, clusterPart     mlp // embeddings are sums of these
	stage, executors         head
}

// Load reads the weights from a safetensors file with the names and shapes of
// the reference's model. Errors name the file, the tensor and what was
// expected.
func Load(path string) (*Network, error) {
	f, err := safetensors.Read(path)
	if err != nil {
		return nil, fmt.Errorf("decima: reading the network: %w", err)
	}
	n, err := build(f)
	if err != nil {
		return nil, fmt.Errorf("decima: %s: %w; give Decima's own weights, cjs/models/decima.safetensors of the data sets", path, err)
	}
	return n, nil
}

func build(f *safetensors.File) (*Network, error) {
	w := weights{safetensors.NewTaker(f)}
	n := &Network{
		prepare:     w.mlp("encoder.node_encoder.mlp_prep", stageFeatures),
		message:     w.mlp("encoder.node_encoder.mlp_msg", width),
		update:      w.mlp("encoder.node_encoder.mlp_update", width),
		jobPart:     w.mlp("encoder.dag_encoder.mlp", joined),
		clusterPart: w.mlp("encoder.global_encoder.mlp", width),
	}
	// What is scored comes first in the inputs of a stage, last in those of a
	// number of executors.
	const ofStage, ofNumber = joined + 2*width, jobFeatures + 2*width + 1
	n.stage = w.head("stage_policy_network.mlp_score", ofStage, [2]int{0, joined}, [2]int{joined, ofStage})
	n.executors = w.head("exec_policy_network.mlp_score", ofNumber, [2]int{ofNumber - 1, ofNumber}, [2]int{0, ofNumber - 1})
	return n, w.Finish()
}
