package train_test

import (
	"encoding/json"
	"strings"
	"testing"

	"trailblazer/trainer/train"
)

const base = `{"seed":18446744073709551615,"model":{"width":64,"layers":3},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":2}],"list":[1,2]}`

func TestOverlay(t *testing.T) {
	for over, want := range map[string]string{
		`{}`:                                   base,
		`{"model":{"width":8}}`:                strings.Replace(base, "64", "8", 1),
		`{"tasks":[{"name":"cc","weight":5}]}`: strings.Replace(base, `"weight":2`, `"weight":5`, 1),
		`{"tasks":[{"name":"x"}]}`:             strings.Replace(base, `"weight":2}`, `"weight":2},{"name":"x"}`, 1),
		`{"list":[3]}`:                         strings.Replace(base, "[1,2]", "[3]", 1),
		`{"list":[]}`:                          strings.Replace(base, "[1,2]", "[]", 1),
		`{"new":{"a":1}}`:                      strings.Replace(base, `{"seed"`, `{"new":{"a":1},"seed"`, 1),
	} {
		got, err := train.Overlay(json.RawMessage(base), json.RawMessage(over))
		if err != nil {
			t.Fatal(err)
		}
		if canonical(t, got) != canonical(t, json.RawMessage(want)) {
			t.Errorf("%s over the base is %s", over, got)
		}
	}
	if _, err := train.Overlay(json.RawMessage(base), json.RawMessage(`{`)); err == nil {
		t.Error("no JSON is laid over")
	}
}

func TestSet(t *testing.T) {
	for path, value := range map[string]string{"model.width": "8", "tasks.cc.weight": "5", "tasks.1.weight": "5", "list.0": "7", "model": `{"a":1}`} {
		got, err := train.Set(json.RawMessage(base), path, value)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(canonical(t, got), value) || !strings.Contains(string(got), "18446744073709551615") {
			t.Errorf("%s=%s gives %s", path, value, got)
		}
	}
	got, err := train.Set(json.RawMessage(base), "tasks.abr.name", "video")
	if err != nil || !strings.Contains(string(got), `"name":"video"`) {
		t.Errorf("a string gives %s, %v", got, err)
	}
	for path, want := range map[string]string{
		"model.height":      "model.height is no known field: give one of layers, width",
		"tasks.cjs":         "give one of abr, cc",
		"tasks.cjs.weight":  "give one of abr, cc",
		"model.width.depth": "model.width is a plain value",
		"list.2":            "give one of 0, 1",
	} {
		_, err := train.Set(json.RawMessage(base), path, "1")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, without %q", path, err, want)
		}
	}
}

func canonical(t *testing.T, text json.RawMessage) string {
	t.Helper()
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(sorted)
}

func TestOverlayTakesNamedElements(t *testing.T) {
	got, err := train.Overlay(tiny().JSON(), json.RawMessage(`{"tasks": {"total": {"data": {"batch": 9}}}}`))
	check(t, err)
	want, err := train.Set(tiny().JSON(), "tasks.total.data.batch", "9")
	check(t, err)
	if string(got) != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, err = train.Overlay(tiny().JSON(), json.RawMessage(`{"tasks": {"total": 3}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := train.ParseConfig(got); err == nil || !strings.Contains(err.Error(), "config.tasks") {
		t.Errorf("a task that is a number: %v", err)
	}
}

func TestNumbersMustBeFinite(t *testing.T) {
	for _, value := range []string{"NaN", "Inf", "-infinity", "1e400"} {
		if _, err := train.Set(tiny().JSON(), "schedule.rate", value); err == nil || !strings.Contains(err.Error(), "JSON has no NaN") {
			t.Errorf("%s: the error is %v", value, err)
		}
	}
	raw, err := train.Set(tiny().JSON(), "schedule.rate", "fast")
	check(t, err)
	if _, err := train.ParseConfig(raw); err == nil || !strings.Contains(err.Error(), "give a number, such as 0.001") {
		t.Errorf("a rate that is a word: %v", err)
	}
}
