package public

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"trailblazer/internal/pickle"
)

// tpchQueries is how many queries TPC-H has.
const tpchQueries = 22

// tpchSizes are the sizes of the data, in the order in which they are drawn.
func tpchSizes() []string { return []string{"2g", "5g", "10g", "20g", "50g", "80g", "100g"} }

// tpchSource has the measurements of TPC-H that Decima learned from: of each
// size and query a matrix, and the durations as a pickled dict.
const tpchSource = "hongzimao/decima-sim/c010dd74ff4b7566bd0ac989c90a32cfbc630d84/spark_env/tpch/"

// tpchMade are the measurements as JSON, one file for each size of the data.
func tpchMade() []Made {
	var list []Made
	for _, f := range []struct{ size, sum string }{
		{"2g", "b0be5ead707f18d35041544afeefa1b5b5ad6b048eac4fac7bb6a5b7a7e32983"},
		{"5g", "ca84cfe05d7ef83cfa18c51e4c4dc5cca9dc77447a0e02592df4b03217d863ff"},
		{"10g", "52f1d83232b67f9b8e1efd638ac6a0749110f9468aebccacd008c0251bad6408"},
		{"20g", "6efed0f501813074333c5943cb0df16c5076f8bfd6e1074375515177761b98d4"},
		{"50g", "4d3fca984af4936a40978a790e0b25f29deee4860a8e1c464da74f0c8489fcc1"},
		{"80g", "acbe74de0ddec8719a38a1b0719da4105ba09ae0e26c1b031717af21dea9223e"},
		{"100g", "a0aac8c210005792560ccd5853fc13cd2a6ede123378e5c201b0ae8d9e7a6635"},
	} {
		m := Made{Path: "cjs/tpch_json/" + f.size + ".json", SHA256: f.sum,
			make: func(w io.Writer, inputs [][]byte, _ string) error { return writeTPCH(w, inputs) }}
		for query := 1; query <= tpchQueries; query++ {
			for _, name := range []string{"adj_mat_", "task_duration_"} {
				m.Inputs = append(m.Inputs, tpchSource+f.size+"/"+name+strconv.Itoa(query)+".npy")
			}
		}
		list = append(list, m)
	}
	return list
}

// writeTPCH writes the queries, of each a matrix and the durations, as an object
// by their numbers. Levels of parallelism keep their order, which counts.
func writeTPCH(w io.Writer, inputs [][]byte) error {
	out := bufio.NewWriter(w)
	for i := 0; i < len(inputs); i += 2 {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		fmt.Fprintf(out, "%c\"%d\":{\"adj\":", separator, i/2+1)
		n, err := writeMatrix(out, inputs[i])
		if err != nil {
			return fmt.Errorf("matrix of query %d: %w", i/2+1, err)
		}
		out.WriteString(`,"stages":`)
		if err := writeStages(out, inputs[i+1], n); err != nil {
			return fmt.Errorf("durations of query %d: %w", i/2+1, err)
		}
		out.WriteByte('}')
	}
	out.WriteByte('}')
	return out.Flush()
}

// writeMatrix writes a square matrix of whole numbers, and returns its size.
func writeMatrix(out *bufio.Writer, text []byte) (int, error) {
	a, err := parseNPY(text)
	if err != nil {
		return 0, err
	}
	if len(a.shape) != 2 || a.shape[0] != a.shape[1] {
		return 0, fmt.Errorf("its shape is %v", a.shape)
	}
	n := a.shape[0]
	if a.descr != "<f8" || len(a.data) != 8*n*n {
		return 0, fmt.Errorf("it has %d bytes of %s for a shape of %v", len(a.data), a.descr, a.shape)
	}
	for i := range n * n {
		switch {
		case i == 0:
			out.WriteString("[[")
		case i%n == 0:
			out.WriteString("],[")
		default:
			out.WriteByte(',')
		}
		x := math.Float64frombits(binary.LittleEndian.Uint64(a.data[8*i:]))
		if x != 0 && x != 1 {
			return 0, fmt.Errorf("it has %v where edges are 0 or 1", x)
		}
		out.WriteString(strconv.Itoa(int(x)))
	}
	out.WriteString("]]")
	return n, nil
}

// writeStages writes the durations of n stages.
func writeStages(out *bufio.Writer, text []byte, n int) error {
	a, err := parseNPY(text)
	if err != nil {
		return err
	}
	value, err := pickle.Decode(a.data)
	if err != nil {
		return err
	}
	stages, ok := unwrapped(value).(*pickle.Dict)
	if !ok {
		return fmt.Errorf("it holds %T, not a dict", unwrapped(value))
	}
	for stage := range n {
		waves, ok := stages.Get(int64(stage)).(*pickle.Dict)
		if !ok {
			return fmt.Errorf("stage %d is missing", stage)
		}
		out.WriteByte("[,"[min(stage, 1)])
		for i, wave := range []string{"first_wave", "fresh_durations", "rest_wave"} {
			levels, ok := waves.Get(wave).(*pickle.Dict)
			if !ok {
				return fmt.Errorf("stage %d has no %s", stage, wave)
			}
			fmt.Fprintf(out, "%c\"%s\":[", "{,,"[i], wave)
			if err := writeLevels(out, levels); err != nil {
				return fmt.Errorf("stage %d, %s: %w", stage, wave, err)
			}
			out.WriteByte(']')
		}
		out.WriteByte('}')
	}
	out.WriteByte(']')
	return nil
}

// writeLevels writes [level, [duration, ...]] for each level of parallelism.
func writeLevels(out *bufio.Writer, levels *pickle.Dict) error {
	for i, key := range levels.Keys {
		level, err := integer(key)
		if err != nil {
			return err
		}
		list, ok := levels.Values[i].(*pickle.List)
		if !ok {
			return fmt.Errorf("level %d is %T, not a list", level, levels.Values[i])
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, "[%d,[", level)
		for j, item := range list.Items {
			ms, err := integer(item)
			if err != nil {
				return err
			}
			if j > 0 {
				out.WriteByte(',')
			}
			out.WriteString(strconv.FormatInt(ms, 10))
		}
		out.WriteString("]]")
	}
	return nil
}

// integer reads a number of Python's, or a scalar of NumPy's.
func integer(value any) (int64, error) {
	if call, ok := value.(*pickle.Call); ok && call.Func.Name == "scalar" && len(call.Args) == 2 {
		dtype, ok := call.Args[0].(*pickle.Call)
		data := raw(call.Args[1])
		if ok && len(dtype.Args) > 0 && len(data) == 8 {
			bits := binary.LittleEndian.Uint64(data)
			switch dtype.Args[0] {
			case "i8":
				return int64(bits), nil
			case "f8":
				value = math.Float64frombits(bits)
			}
		}
	}
	switch x := value.(type) {
	case int64:
		return x, nil
	case float64:
		if whole := int64(x); float64(whole) == x {
			return whole, nil
		}
	}
	return 0, fmt.Errorf("%T %v is no whole number", value, value)
}

// raw returns bytes in any of the forms in which Python pickles them: Python 2
// as a text, protocol 2 of Python 3 as a text in Latin-1.
func raw(value any) []byte {
	switch x := value.(type) {
	case []byte:
		return x
	case string:
		return []byte(x)
	case *pickle.Call:
		if x.Func.Name != "encode" || len(x.Args) == 0 {
			return nil
		}
		text, _ := x.Args[0].(string)
		var b []byte
		for _, r := range text {
			b = append(b, byte(r))
		}
		return b
	}
	return nil
}

// unwrapped takes the one object out of an array of objects: the last part of
// the state that the array would have been given is the list of its elements.
func unwrapped(value any) any {
	call, ok := value.(*pickle.Call)
	if !ok {
		return value
	}
	state, ok := call.State.(pickle.Tuple)
	if !ok || len(state) == 0 {
		return value
	}
	list, ok := state[len(state)-1].(*pickle.List)
	if !ok || len(list.Items) != 1 {
		return value
	}
	return list.Items[0]
}

// npy is an array file of NumPy.
type npy struct {
	descr string
	shape []int
	data  []byte
}

var npyHeader = regexp.MustCompile(`'descr': '([^']*)', 'fortran_order': False, 'shape': \(([\d, ]*)\)`)

// parseNPY reads an array's header (numpy.lib.format, versions 1 and 2).
func parseNPY(text []byte) (npy, error) {
	if len(text) < 12 || string(text[:6]) != "\x93NUMPY" {
		return npy{}, fmt.Errorf("it is no array of NumPy")
	}
	n, start := int(binary.LittleEndian.Uint16(text[8:])), 10
	if text[6] > 1 {
		n, start = int(binary.LittleEndian.Uint32(text[8:])), 12
	}
	if n < 0 || n > len(text)-start {
		return npy{}, fmt.Errorf("it ends within its header")
	}
	parts := npyHeader.FindStringSubmatch(string(text[start : start+n]))
	if parts == nil {
		return npy{}, fmt.Errorf("its header is %.80q", text[start:start+n])
	}
	a := npy{descr: parts[1], data: text[start+n:]}
	for _, field := range strings.FieldsFunc(parts[2], func(r rune) bool { return r == ',' || r == ' ' }) {
		size, err := strconv.Atoi(field)
		if err != nil || size > 1<<20 {
			return npy{}, fmt.Errorf("its shape is (%s)", parts[2])
		}
		a.shape = append(a.shape, size)
	}
	return a, nil
}
