package public

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path"
	"strings"

	"trailblazer/internal/pickle"
	"trailblazer/internal/safetensors"
)

// decimaMade is the published Decima policy.
func decimaMade() []Made {
	return []Made{{
		Path: "cjs/models/decima.safetensors", SHA256: "41489d9d8882c1439e9455094ed4f8d5d725c4c8a30c44507753e326c29b3185",
		Inputs: []string{"duowuyms/NetLLM/105bcf070f2bec808f7b14f8f5a953de6e4e6e54/cluster_job_scheduling/models/decima/model.pt"},
		make: func(w io.Writer, inputs [][]byte, _ string) error {
			tensors, err := stateDict(inputs[0])
			if err != nil {
				return err
			}
			return writeTensors(w, tensors, map[string]string{
				"source": "spark-sched-sim / Trailblazer repositories (MIT), models/decima/model.pt", "layout": "weight is (out,in)"})
		},
	}}
}

// maxTensor bounds the bytes of one tensor's storage.
const maxTensor = 1 << 28

// stateDict reads the tensors of a PyTorch checkpoint: a zip archive with the
// pickle data.pkl, which names tensors and the files data/KEY that hold their
// elements.
func stateDict(text []byte) ([]safetensors.Tensor, error) {
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, fmt.Errorf("it is no zip archive, as PyTorch has written since 1.6: %w", err)
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		// All lie in one folder, whose name differs.
		_, name, _ := strings.Cut(f.Name, "/")
		files[name] = f
	}
	text, err = unzip(files["data.pkl"], "data.pkl")
	if err != nil {
		return nil, err
	}
	value, err := pickle.Decode(text)
	if err != nil {
		return nil, err
	}
	dict, ok := value.(*pickle.Dict)
	if call, is := value.(*pickle.Call); is && call.Func.Name == "OrderedDict" {
		dict, ok = &call.Dict, true
	}
	if !ok {
		return nil, fmt.Errorf("it holds %T, not the tensors of a model", value)
	}
	var tensors []safetensors.Tensor
	for i, key := range dict.Keys {
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("a tensor's name is %T", key)
		}
		t, err := rebuild(name, dict.Values[i], files)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		tensors = append(tensors, t)
	}
	return tensors, nil
}

func unzip(f *zip.File, name string) ([]byte, error) {
	if f == nil {
		return nil, fmt.Errorf("%s is missing in the archive", path.Base(name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxTensor))
}

// rebuild reads a tensor of float32 elements that lie as in C:
// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...), where
// storage refers to ("storage", type, key, location, elements).
func rebuild(name string, value any, files map[string]*zip.File) (safetensors.Tensor, error) {
	none := safetensors.Tensor{}
	call, ok := value.(*pickle.Call)
	if !ok || call.Func.Name != "_rebuild_tensor_v2" || len(call.Args) < 4 {
		return none, fmt.Errorf("it is %T, not a tensor", value)
	}
	persistent, _ := call.Args[0].(pickle.Persistent)
	storage, _ := persistent.ID.(pickle.Tuple)
	if len(storage) < 3 {
		return none, fmt.Errorf("it has no storage")
	}
	if kind, _ := storage[1].(pickle.Global); kind.Name != "FloatStorage" {
		return none, fmt.Errorf("its elements are of %s, not float32", kind.Name)
	}
	key, _ := storage[2].(string)
	data, err := unzip(files["data/"+key], "data/"+key)
	if err != nil {
		return none, err
	}
	offset, ok := call.Args[1].(int64)
	size, ok2 := call.Args[2].(pickle.Tuple)
	stride, ok3 := call.Args[3].(pickle.Tuple)
	if !ok || !ok2 || !ok3 || len(size) != len(stride) || offset < 0 {
		return none, fmt.Errorf("its size and stride are %v and %v", call.Args[2], call.Args[3])
	}
	shape := make([]int, len(size))
	elements := int64(1)
	for i := len(size) - 1; i >= 0; i-- {
		n, _ := size[i].(int64)
		if step, _ := stride[i].(int64); n <= 0 || n > maxTensor || step != elements {
			return none, fmt.Errorf("its size %v and stride %v are not those of an array in C", size, stride)
		}
		if elements *= n; elements > maxTensor {
			return none, fmt.Errorf("it is too large: %v", size)
		}
		shape[i] = int(n)
	}
	if offset > maxTensor || int64(len(data)) < 4*(offset+elements) {
		return none, fmt.Errorf("its storage has %d bytes for %d elements", len(data), elements)
	}
	values := make([]float32, elements)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*(offset+int64(i)):]))
	}
	return safetensors.Float32(name, shape, values), nil
}
