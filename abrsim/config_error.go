package abrsim

import "trailblazer/internal/setting"

// ConfigError says which setting is out of range and what would do.
type ConfigError = setting.Error

// refuse makes a ConfigError of any value.
func refuse(field string, value any, problem, remedy string) error {
	return setting.Refuse(field, value, problem, remedy)
}
