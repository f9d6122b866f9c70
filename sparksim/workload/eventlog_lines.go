package workload

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// eventLogLines cuts a file into lines. It holds one line at a time, and only
// the beginning of events that aren't wanted.
type eventLogLines struct {
	r      *bufio.Reader
	wanted func(event string) bool
	most   int // bytes of a wanted line
	held   []byte
}

var errEventLogLine = errors.New("line too long")

// next returns the next line, or nil where its event isn't wanted. The line is
// whole if a line end followed. It is valid until the next call.
func (l *eventLogLines) next() (line []byte, whole bool, err error) {
	l.held = l.held[:0]
	keep := true
	for first := true; ; first = false {
		piece, err := l.r.ReadSlice('\n')
		if first {
			if len(piece) == 0 && err == io.EOF {
				return nil, false, io.EOF
			}
			event, ok := eventLogName(piece)
			keep = !ok || l.wanted(event)
		}
		if keep {
			if len(l.held)+len(piece) > l.most {
				return nil, false, errEventLogLine
			}
			l.held = append(l.held, piece...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err != nil && err != io.EOF:
			return nil, false, err
		case !keep:
			return nil, err == nil, nil
		}
		return l.held, err == nil, nil
	}
}

// eventLogName reads the name of an event where Spark writes it, first.
func eventLogName(line []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"Event":"`))
	name, _, closed := bytes.Cut(rest, []byte(`"`))
	if !ok || !closed || bytes.IndexByte(name, '\\') >= 0 {
		return "", false
	}
	return eventLogShort(string(name)), true
}

// eventLogShort is the name of an event without its package.
func eventLogShort(event string) string { return event[strings.LastIndexByte(event, '.')+1:] }

const eventLogIncomplete = "give the log of an application that has ended, or allow an incomplete log to get the jobs that completed"

// read reads one file of the log. Only the last may be cut off.
func (p *eventLogParser) read(r io.Reader, name string, last bool) error {
	p.file, p.line, p.event = name, 0, ""
	b, err := eventLogPlain(r, name)
	if err != nil {
		return err
	}
	lines := eventLogLines{r: b, wanted: eventLogWanted, most: eventLogMaxLine}
	for {
		line, whole, err := lines.next()
		if err == io.EOF {
			return nil
		}
		p.line, p.event = p.line+1, ""
		p.events++
		if err == nil && len(bytes.TrimSpace(line)) > 0 {
			err = p.take(line)
		}
		_, malformed := errors.AsType[*json.SyntaxError](err)
		cut := malformed && !whole || errors.Is(err, io.ErrUnexpectedEOF)
		_, corrupt := errors.AsType[flate.CorruptInputError](err)
		switch {
		case err == nil:
		case cut && last && p.options.AllowIncomplete:
			return nil
		case cut:
			return p.refuse("line", "", "is cut off", eventLogIncomplete)
		case malformed:
			return p.refuse("line", "", "is not JSON: "+err.Error(), "give the event log as Spark wrote it, an event a line")
		case err == errEventLogLine:
			return p.refuse("line", "", "is longer than "+strconv.Itoa(lines.most)+" bytes", "give the event log as Spark wrote it, an event a line")
		case corrupt, errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
			return p.refuse("line", "", "can't be uncompressed: "+err.Error(), "give an intact file")
		default:
			return err
		}
	}
}

// refuse makes an error about the present line.
func (p *eventLogParser) refuse(field string, value any, problem, remedy string) error {
	if p.event != "" {
		field = p.event + ": " + field
	}
	return refuse(p.file, p.line, field, value, problem, remedy)
}
