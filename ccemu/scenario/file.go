package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"trailblazer/ccemu"
	"trailblazer/ccemu/media"
	"trailblazer/datasets/nettrace"
	"trailblazer/internal/setting"
	"trailblazer/internal/strictjson"
)

// File is sessions of one's own: written out, or recordings to play. They are
// played in this order.
type File struct {
	Sessions []ccemu.Session `json:"sessions"`
	Traces   []Recording     `json:"traces,omitempty"`
}

// Recording is a session over a recorded path.
type Recording struct {
	Name string `json:"name"`
	// Text is the content of a trace file, of any of the formats of
	// [nettrace.Format].
	Text string `json:"text"`
	// Session has what the recording leaves open; see [FromTrace].
	Session ccemu.Session `json:"session"`
}

const fileForm = `{"sessions": [{"duration_ms": 35000, "forward": {"bottleneck": {"rate_kbps": {"values": [2000]}}, "delay_ms": {"values": [25]}}, "reverse": {"delay_ms": {"values": [25]}}}, ..], "traces": [{"name": "", "text": ""}, ..]}`

// ReadFile reads sessions and checks them. A file that is not JSON with
// sessions or traces is taken for a recording, of any of the formats of
// [nettrace.Format], and becomes one session with default media. Unknown
// fields, nulls and anything after the JSON are refused. The name stands in
// error messages. Errors are *nettrace.FormatError, but for what a failing
// reader brings.
func ReadFile(r io.Reader, name string) (*File, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	f := new(File)
	if !isFile(text) {
		if _, err := nettrace.Parse(name, bytes.NewReader(text)); err != nil {
			return nil, err
		}
		f.Traces = []Recording{{Name: name, Text: string(text)}}
	} else if wrong := strictjson.Decode(text, f, true); wrong != nil {
		return nil, &nettrace.FormatError{File: name, Line: wrong.Line, Field: wrong.Field, Value: wrong.Value, Problem: wrong.Problem, Remedy: "give " + fileForm}
	}
	if _, err := f.Compile(); err != nil {
		if wrong, ok := errors.AsType[*setting.Error](err); ok {
			return nil, &nettrace.FormatError{File: name, Field: wrong.Field, Value: wrong.Value, Problem: wrong.Problem, Remedy: wrong.Remedy}
		}
		return nil, err
	}
	return f, nil
}

// isFile tells sessions from recordings that are JSON too.
func isFile(text []byte) bool {
	var fields struct {
		Timestamps any `json:"timestamps"`
		Uplink     any `json:"uplink"`
	}
	if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '{' {
		return false
	}
	return json.Unmarshal(text, &fields) != nil || fields.Timestamps == nil && fields.Uplink == nil
}

// Write writes the file as JSON; [ReadFile] reads the same back.
func (f *File) Write(w io.Writer) error {
	out := File{Sessions: make([]ccemu.Session, len(f.Sessions)), Traces: slices.Clone(f.Traces)}
	for i, s := range f.Sessions {
		out.Sessions[i] = withoutNulls(s)
	}
	for i := range out.Traces {
		out.Traces[i].Session = withoutNulls(out.Traces[i].Session)
	}
	return json.NewEncoder(w).Encode(out)
}

// withoutNulls has empty lists where there are none.
func withoutNulls(s ccemu.Session) ccemu.Session {
	s.Flows, s.Cross = append([]media.Flow{}, s.Flows...), append([]ccemu.Cross{}, s.Cross...)
	return s
}

// Validate reports the first thing that is wrong, as a *setting.Error with the
// path of the field, as in "sessions[2].duration_ms".
func (f *File) Validate() error {
	_, err := f.Compile()
	return err
}

// Compile checks the sessions and fills in what they leave open. Errors are
// those of [File.Validate].
func (f *File) Compile() ([]*ccemu.Session, error) {
	if len(f.Sessions)+len(f.Traces) == 0 {
		return nil, &setting.Error{Field: "sessions", Problem: "are missing", Remedy: "give at least one, or a trace"}
	}
	var sessions []*ccemu.Session
	for i := range f.Sessions {
		if err := f.Sessions[i].Validate(); err != nil {
			return nil, below(fmt.Sprintf("sessions[%d]", i), err)
		}
		complete := f.Sessions[i].WithDefaults()
		sessions = append(sessions, &complete)
	}
	for i := range f.Traces {
		s, err := f.Traces[i].compile()
		if err != nil {
			return nil, below(fmt.Sprintf("traces[%d]", i), err)
		}
		complete := s.WithDefaults()
		sessions = append(sessions, &complete)
	}
	return sessions, nil
}

func (r *Recording) compile() (ccemu.Session, error) {
	t, err := nettrace.Parse(r.Name, strings.NewReader(r.Text))
	if err != nil {
		return ccemu.Session{}, &setting.Error{Field: "text", Problem: err.Error(), Remedy: "give a recording that can be played"}
	}
	s, err := FromTrace(&t, r.Session)
	if err != nil {
		return s, below("session", err)
	}
	return s, nil
}

// below puts the path of a field before that of an error.
func below(path string, err error) error {
	wrong, ok := errors.AsType[*setting.Error](err)
	if !ok {
		return err
	}
	moved := *wrong
	moved.Field = path + "." + wrong.Field
	return &moved
}
