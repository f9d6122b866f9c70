package workload

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// OpenEventLog reads an event log: a file, plain or gzip, or the directory
// that Spark writes when it rolls a log (eventlog_v2_..., with events_1_...,
// events_2_...). Errors are [*FormatError], or those of the file system.
func OpenEventLog(path string, options EventLogOptions) (*EventLog, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if info.IsDir() {
		if files, err = eventLogParts(path, options); err != nil {
			return nil, err
		}
	}
	p := newEventLogParser(options)
	for i, file := range files {
		if err := p.open(file, i == len(files)-1); err != nil {
			return nil, err
		}
	}
	return p.finish()
}

// ReadEventLog reads an event log of one file, plain or gzip. The name stands
// in errors, which are [*FormatError] but for what a failing reader brings.
func ReadEventLog(r io.Reader, name string, options EventLogOptions) (*EventLog, error) {
	p := newEventLogParser(options)
	if err := p.read(r, name, true); err != nil {
		return nil, err
	}
	return p.finish()
}

func (p *eventLogParser) open(file string, last bool) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return p.read(f, file, last)
}

// eventLogPart is one file of a rolled log.
type eventLogPart struct {
	name  string
	index int
	// compact marks a file that stands for itself and all before it, without
	// the jobs that had ended.
	compact bool
}

// eventLogParts lists the files of a rolled log in the order in which they
// were written.
func eventLogParts(dir string, options EventLogOptions) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var parts []eventLogPart
	compacted := 0 // index of the last compact file
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), "events_")
		number, _, named := strings.Cut(rest, "_")
		index, err := strconv.Atoi(number)
		if !ok || !named || err != nil {
			continue
		}
		part := eventLogPart{e.Name(), index, strings.HasSuffix(e.Name(), ".compact")}
		parts = append(parts, part)
		if part.compact {
			compacted = max(compacted, index)
		}
	}
	if compacted > 0 {
		if !options.AllowIncomplete {
			return nil, refuse(dir, 0, "event log", "", "was compacted by Spark's history server, which drops jobs that have ended",
				"give a copy with all its files, or allow an incomplete log to get the jobs that are left")
		}
		parts = slices.DeleteFunc(parts, func(p eventLogPart) bool {
			return p.index < compacted || p.index == compacted && !p.compact
		})
	}
	first := max(compacted, 1)
	if len(parts) == 0 {
		return nil, refuse(dir, 0, "event log", "", "is missing: there are no files events_1_..., events_2_... in the directory",
			"give the event log of one application, a file or its directory eventlog_v2_...")
	}
	slices.SortFunc(parts, func(a, b eventLogPart) int { return a.index - b.index })
	files := make([]string, len(parts))
	for i, p := range parts {
		if p.index != first+i {
			return nil, refuse(dir, 0, "event log", p.name, "comes where events_"+strconv.Itoa(first+i)+"_... should be", "give the directory with each of its files once")
		}
		files[i] = filepath.Join(dir, p.name)
	}
	return files, nil
}

// eventLogCodecs are what Spark's codecs put at the beginning of a file.
var eventLogCodecs = []struct{ magic, codec string }{
	{"\x28\xb5\x2f\xfd", "zstd"},
	{"LZ4Block", "lz4"},
	{"\x82SNAPPY\x00", "snappy"},
	{"ZV", "lzf"},
}

// eventLogPlain uncompresses gzip, and refuses what Spark compressed.
func eventLogPlain(r io.Reader, name string) (*bufio.Reader, error) {
	const size = 1 << 16
	b := bufio.NewReaderSize(r, size)
	start, err := b.Peek(8)
	if err != nil && err != io.EOF {
		return nil, err
	}
	for _, c := range eventLogCodecs {
		if bytes.HasPrefix(start, []byte(c.magic)) {
			return nil, refuse(name, 0, "event log", "", "is compressed with "+c.codec,
				"run the application with spark.eventLog.compress=false, or uncompress the file; plain and gzip files can be read")
		}
	}
	if !bytes.HasPrefix(start, []byte("\x1f\x8b")) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, refuse(name, 0, "event log", "", "begins like gzip but can't be read: "+err.Error(), "give an intact file")
	}
	return bufio.NewReaderSize(z, size), nil
}
