package online_test

import (
	"errors"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

func TestPresetsComeBack(t *testing.T) {
	for _, name := range online.Presets() {
		c, err := online.Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		if c.Description == "" {
			t.Errorf("preset %s has no description", name)
		}
		again, err := online.ParseConfig(c.JSON())
		if err != nil {
			t.Fatalf("preset %s: %v", name, err)
		}
		if got, want := string(again.JSON()), string(c.JSON()); got != want {
			t.Errorf("preset %s: read %s, want %s", name, got, want)
		}
	}
	if _, err := online.Preset("pensive"); err == nil || !strings.Contains(err.Error(), "pensieve") {
		t.Errorf("the error is %v", err)
	}
}

func TestConfigRefuses(t *testing.T) {
	for path, test := range map[string]struct{ value, want string }{
		"environment":                {`""`, `config.environment is "": name it`},
		"scenario":                   {"abr/ood2", `config.scenario is "abr/ood2": learn in a scenario of training`},
		"environments":               {"0", "config.environments is 0: give at least 1"},
		"copies":                     {"7", "config.copies is 7: give a divisor of environments, which is 256"},
		"expert":                     {`""`, `config.expert is ""`},
		"average":                    {"1", "config.average is 1"},
		"seed":                       {"-1", "config.seed"},
		"critic.width":               {"0", "config.critic.width"},
		"stages":                     {"[]", "config.stages is \"empty\""},
		"stages.ppo.clip":            {"1", "config.stages.ppo.clip is 1: give a number between 0 and 1"},
		"stages.ppo.algorithm":       {"trpo", `config.stages.ppo.algorithm is "trpo": give "dagger", "ppo" or "a2c"`},
		"stages.ppo.gamma":           {"high", "config.stages.ppo.gamma is a string: give a number"},
		"stages.ppo.baseline":        {"group", "config.stages.ppo.steps is 47: give 0"},
		"stages.ppo.rate.kind":       {"square", `config.stages.ppo.rate.kind is "square"`},
		"stages.ppo.temperature":     {"0.5", "config.stages.ppo.temperature is 0.5: give 1"},
		"stages.ppo.beta.from":       {"0.5", "config.stages.ppo.beta.from is 0.5: give 0"},
		"stages.dagger.replay":       {"0", "config.stages.dagger.replay is 0"},
		"stages.dagger.name":         {"ppo", `config.stages[1].name is "ppo"`},
		"stages.dagger.reward.floor": {"1", "config.stages.dagger.reward.floor is 1"},
		"validation.every":           {"0", "config.validation.every is 0"},
		"validation.play.scenario":   {"abr/ood1", "config.validation.play.scenario"},
		"curriculum.gap.every":       {"5", "config.curriculum.gap.baseline"},
		"record.every":               {"-1", "config.record.every is -1"},
	} {
		c, err := online.Preset("hindsight")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := train.Set(c.JSON(), path, test.value)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		_, err = online.ParseConfig(raw)
		var field *env.FieldError
		if !errors.As(err, &field) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s=%s: the error is %v, without %q", path, test.value, err, test.want)
		}
	}
	for scenario, fit := range map[string]bool{"": true, "abr/fit-leak-free": true, "abr/valid-fit": false, "cjs/train": true, "cjs/default-test": false, "cc/train-wide": true, "cc/ood-request": false} {
		c, err := online.Preset("hindsight")
		if err != nil {
			t.Fatal(err)
		}
		c.Scenario = scenario
		if err := c.Validate(); (err == nil) != fit {
			t.Errorf("learning in %q: %v", scenario, err)
		}
		c.Scenario, c.Curriculum.Mixture = "", []online.Part{{Name: "a", Scenario: scenario, Weight: 1}}
		if err := c.Validate(); (err == nil) != fit {
			t.Errorf("learning in a mixture with %q: %v", scenario, err)
		}
	}
	if _, err := online.ParseConfig([]byte(`{"stage": []}`)); err == nil || !strings.Contains(err.Error(), "config.stage is no known field") {
		t.Errorf("the error is %v", err)
	}
}
