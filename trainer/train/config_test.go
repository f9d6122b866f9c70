package train_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/train"
)

func TestConfigComesBack(t *testing.T) {
	c := tiny()
	read, err := train.ParseConfig(c.JSON())
	check(t, err)
	if got, want := string(read.JSON()), string(c.JSON()); got != want {
		t.Errorf("read %s, want %s", got, want)
	}
}

func TestConfigRefuses(t *testing.T) {
	for path, test := range map[string]struct{ value, want string }{
		"steps":                             {"0", "config.steps is 0: give at least 1"},
		"accumulate":                        {"0", "give at least 1"},
		"average":                           {"1", "config.average is 1: give a number below 1"},
		"clip_norm":                         {"-1", "config.clip_norm"},
		"optimizer.beta1":                   {"0", "config.optimizer.beta1 is 0: give a positive number"},
		"optimizer.beta2":                   {"1", "config.optimizer.beta2"},
		"optimizer.eps":                     {"0", "config.optimizer.eps is 0: give a small positive number"},
		"tasks.total.data.weights":          {"[1, 0]", "config.tasks.total.data.weights[1] is 0: give a positive number"},
		"schedule.rate":                     {"0", "config.schedule.rate"},
		"schedule.warmup":                   {"12", "config.schedule.steps"},
		"validation.every":                  {"0", "config.validation.every"},
		"backbone.heads":                    {"3", "backbone.width is 8, which 3 heads don't divide"},
		"seed":                              {"-1", "config.seed"},
		"tasks.total.data.batch":            {"0", "config.tasks.total.data.batch"},
		"tasks.total.data.window":           {"3", "config.tasks.total.data.window is 3: give at least 4, the model's context"},
		"tasks.total.model.windowed":        {"true", "config.tasks.total.data.window is 0: give 4, the model's context"},
		"tasks.total.data.held_out":         {"1", "config.tasks.total.data.held_out"},
		"tasks.total.model.name":            {"other", "config.tasks.total.model.name"},
		"tasks.total.validation.scenario":   {"cc/test", `config.tasks.total.validation.scenario is "cc/test"`},
		"tasks.largest.validation.scenario": {"abr/ood2-strict", "allow_test"},
	} {
		raw, err := train.Set(tiny().JSON(), path, test.value)
		check(t, err)
		_, err = train.ParseConfig(raw)
		var field *env.FieldError
		if !errors.As(err, &field) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s=%s: the error is %v, without %q", path, test.value, err, test.want)
		}
	}
}

func TestScenariosOfValidation(t *testing.T) {
	for _, name := range []string{"abr/valid", "abr/train", "abr/train-leak-free", "cjs/train", "cc/custom", "abr/stationary", ""} {
		raw, err := train.Set(tiny().JSON(), "tasks.total.validation.scenario", name)
		check(t, err)
		if _, err := train.ParseConfig(raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw, err := train.Overlay(tiny().JSON(), json.RawMessage(`{"tasks": [{"name": "total", "validation": {"scenario": "cc/test", "allow_test": true}}]}`))
	check(t, err)
	if _, err := train.ParseConfig(raw); err != nil {
		t.Errorf("a test that is allowed: %v", err)
	}
}

func TestLoRAIsCompleted(t *testing.T) {
	raw, err := train.Set(tiny().JSON(), "backbone.lora.rank", "4")
	check(t, err)
	c, err := train.ParseConfig(raw)
	check(t, err)
	if l := c.Backbone.LoRA; l.Alpha != 8 || !reflect.DeepEqual(l.Targets, []string{"q", "v"}) {
		t.Errorf("LoRA is %+v", l)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(tiny().JSON()))
	f.Add([]byte(`{"steps": 1, "tasks": [{"name": "x"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := train.ParseConfig(raw)
		if err != nil {
			return
		}
		again, err := train.ParseConfig(c.JSON())
		check(t, err)
		if string(again.JSON()) != string(c.JSON()) {
			t.Errorf("%s comes back as %s", c.JSON(), again.JSON())
		}
	})
}
