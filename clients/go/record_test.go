package client_test

import (
	"errors"
	"strings"
	"testing"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// recorder counts what it is told, and writes nothing while it is full.
type recorder struct {
	options             env.RecordOptions
	resets, steps, ends int
	full                error
}

func (r *recorder) Record(_ env.Recordable, o env.RecordOptions) (env.Recording, error) {
	r.options = o
	return r, nil
}

func (r *recorder) Ready() error                        { return r.full }
func (r *recorder) Reset(*env.ResetOptions, *env.Batch) { r.resets++ }
func (r *recorder) Step(env.Arrays, *env.Transition)    { r.steps++ }
func (r *recorder) Restore(*env.Batch)                  {}
func (r *recorder) Close() error                        { r.ends++; return nil }

func TestRecordedSession(t *testing.T) {
	r := &recorder{}
	c := serve(t, &testenv.Catalog{}, envserver.Options{Recorder: r})
	options := client.MakeOptions{Env: testenv.Flat, NumEnvs: 2, Record: &client.Recording{Dataset: "d", Policy: "me", Split: "test"}}
	v, err := c.MakeVec(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if want := (env.RecordOptions{Dataset: "d", Policy: "me", Split: "test", Source: v.SessionID()}); r.options != want {
		t.Errorf("recorded with %+v, want %+v", r.options, want)
	}
	if _, err := v.Reset(env.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), 2)
	if _, err := v.Step(action); err != nil {
		t.Fatal(err)
	}

	r.full = errors.New("no space left on device")
	if _, err := v.Step(action); err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("a step that would pile up: %v", err)
	}
	if err := v.Close(); err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("close while nothing can be written: %v", err)
	}
	r.full = nil
	if _, err := v.Step(action); err != nil { // It was not closed.
		t.Fatal(err)
	}
	for range 2 {
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if r.resets != 1 || r.steps != 2 || r.ends != 1 {
		t.Errorf("recorded %d resets, %d steps and %d ends, want 1, 2 and 1", r.resets, r.steps, r.ends)
	}
}

func TestServerWithoutDatasets(t *testing.T) {
	c := serve(t, &testenv.Catalog{}, envserver.Options{})
	var field *env.FieldError
	_, err := c.Make(t.Context(), client.MakeOptions{Env: testenv.Flat, Record: &client.Recording{Dataset: "d"}})
	if !errors.As(err, &field) || field.Field != "record.dataset" || !strings.Contains(field.Remedy, "--datasets") {
		t.Errorf("recorded by a server without data sets: %v", err)
	}
}
