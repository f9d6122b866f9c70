package public

import (
	"cmp"
	"io"
	"slices"

	"trailblazer/internal/safetensors"
)

// genetSource is the published checkpoint.
const genetSource = "duowuyms/NetLLM/32136668e6f20fd0deea44eefbdd4373d6cab178/adaptive_bitrate_streaming/data/all_models/genet/nn_model_ep_9900.ckpt"

// genetMade is the published GENET policy.
func genetMade() []Made {
	return []Made{{
		Path: "abr/models/genet.safetensors", SHA256: "0b13d0a6e8dd91444584d07322c7d4b962ee7a7ad46bcba46fbf7b0751327784",
		Inputs: []string{genetSource + ".index", genetSource + ".data-00000-of-00001"},
		make: func(w io.Writer, inputs [][]byte, _ string) error {
			b, err := parseBundle(inputs[0], inputs[1])
			if err != nil {
				return err
			}
			tensors, err := genetTensors(b)
			if err != nil {
				return err
			}
			return writeTensors(w, tensors, map[string]string{
				"source": "Trailblazer repository (MIT), adaptive_bitrate_streaming/data/all_models/genet, epoch 9900",
				"layout": "weight is (out,in); order of the concatenated branches: last_quality, buffer, throughput, download_time, next_sizes, remain; all ReLU; out has 3 logits (actor: down/stay/up) or 1 value (critic)",
			})
		},
	}}
}

// writeTensors writes tensors in the order of their names: whatever order a
// checkpoint has, equal tensors make equal files.
func writeTensors(w io.Writer, tensors []safetensors.Tensor, metadata map[string]string) error {
	slices.SortFunc(tensors, func(a, b safetensors.Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return safetensors.Write(w, &safetensors.File{Tensors: tensors, Metadata: metadata})
}

// The shape of the networks: units of a layer, columns of the history, and taps
// of a convolution, of which only one ever meets data: it is laid over a single
// step.
const (
	genetUnits   = 128
	genetHistory = 6
	genetTaps    = 4
	genetTap     = 1
	genetBranch  = 6
)

// genetTensors names the checkpoint's tensors as the policy reads them, weights
// as (out, in).
func genetTensors(b *bundle) ([]safetensors.Tensor, error) {
	var tensors []safetensors.Tensor
	add := func(name, from string, in, out int, taps bool) error {
		shape := []int{in, out}
		if taps {
			shape = []int{genetTaps, 1, in, out}
		}
		w, err := b.floats(from+"/W", shape...)
		if err != nil {
			return err
		}
		if taps {
			w = w[genetTap*in*out : (genetTap+1)*in*out]
		}
		bias, err := b.floats(from+"/b", out)
		if err != nil {
			return err
		}
		tensors = append(tensors, safetensors.Float32(name+".weight", []int{out, in}, transposed(w, in, out)), safetensors.Float32(name+".bias", []int{out}, bias))
		return nil
	}
	for _, network := range []struct {
		name    string
		outputs int
	}{{"actor", 3}, {"critic", 1}} {
		for _, layer := range []struct {
			name, from string
			in, out    int
			taps       bool
		}{
			{"last_quality", "FullyConnected", 1, genetUnits, false}, {"buffer", "FullyConnected_1", 1, genetUnits, false}, {"remain", "FullyConnected_2", 1, genetUnits, false},
			{"throughput", "Conv1D", genetHistory, genetUnits, true}, {"download_time", "Conv1D_1", genetHistory, genetUnits, true}, {"next_sizes", "Conv1D_2", genetHistory, genetUnits, true},
			{"hidden", "FullyConnected_3", genetBranch * genetUnits, genetUnits, false}, {"out", "FullyConnected_4", genetUnits, network.outputs, false},
		} {
			if err := add(network.name+"."+layer.name, network.name+"/"+layer.from, layer.in, layer.out, layer.taps); err != nil {
				return nil, err
			}
		}
	}
	return tensors, nil
}

// transposed turns (in, out) into (out, in).
func transposed(w []float32, in, out int) []float32 {
	t := make([]float32, len(w))
	for i := range in {
		for o := range out {
			t[o*in+i] = w[i*out+o]
		}
	}
	return t
}
