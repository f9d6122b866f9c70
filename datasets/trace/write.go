package trace

import (
	"bufio"
	"io"
	"strconv"
)

// Write writes a trace as cooked text; [Parse] reads the same numbers back.
func Write(w io.Writer, t Trace) error {
	out := bufio.NewWriter(w)
	var line []byte
	for i := range t.TimesS {
		line = strconv.AppendFloat(line[:0], t.TimesS[i], 'g', -1, 64)
		line = append(line, '\t')
		line = strconv.AppendFloat(line, t.BandwidthMbps[i], 'g', -1, 64)
		line = append(line, '\n')
		out.Write(line)
	}
	return out.Flush()
}

// WriteIntegers writes a list of chunk sizes or start pointers, one per line;
// [ParseSizes] and [ParsePointers] read the same numbers back.
func WriteIntegers(w io.Writer, list []int) error {
	out := bufio.NewWriter(w)
	var line []byte
	for _, x := range list {
		line = append(strconv.AppendInt(line[:0], int64(x), 10), '\n')
		out.Write(line)
	}
	return out.Flush()
}
