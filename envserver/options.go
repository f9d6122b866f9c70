package envserver

import (
	"fmt"
	"runtime"
	"time"

	"github.com/rs/zerolog"

	"trailblazer/api/env"
)

// Options sets a server's limits. The zero value serves everybody who can
// reach the listener, with the defaults given below.
type Options struct {
	// MaxSessions and MaxEnvironments limit what is open at once; a session
	// of N counts as N environments. 0 stands for 65,536 and 1,048,576.
	MaxSessions     int
	MaxEnvironments int
	// MaxOwnerSessions and MaxOwnerEnvironments limit one owner. 0 stands for
	// the server's own limits.
	MaxOwnerSessions     int
	MaxOwnerEnvironments int

	// DefaultLease is how long a session outlives its last use where Make does
	// not say; 0 stands for 10 minutes. MaxLease cuts what Make and RenewLease
	// ask for; 0 stands for 24 hours.
	DefaultLease time.Duration
	MaxLease     time.Duration

	// MaxMessageBytes limits one message from a client, after decompression;
	// 0 stands for 16 MiB. A vector whose actions or snapshots are larger
	// can't be driven, so raise it along with MaxEnvironments.
	MaxMessageBytes int

	// Recorder keeps what those sessions do that ask for it; nil refuses to.
	// Close it after the server, which ends the recordings.
	Recorder env.Recorder

	// Services are served beside EnvService.
	Services []Service

	// Tokens lists who may call. With none, everybody may, and all share one
	// owner: don't serve beyond localhost without tokens.
	Tokens []Token
	// ProtectMetrics asks for a token on /metrics too. Health stays open.
	ProtectMetrics bool
	// AllowedOrigins lists the origins whose web pages may call ("*" for all);
	// none by default.
	AllowedOrigins []string

	// Workers is the number of cores that steps keep busy; 0 stands for all.
	Workers int

	// TLSCertFile and TLSKeyFile make Serve speak TLS. Both or none.
	TLSCertFile, TLSKeyFile string
	// GracePeriod is how long Serve waits for running calls when it is told to
	// stop; 0 stands for 15 seconds.
	GracePeriod time.Duration
	// HeaderTimeout, BodyTimeout and IdleTimeout end connections whose peer
	// sends no full header, no full request, or no further request in time;
	// WriteTimeout ends those whose peer stops reading a reply. 0 stands for
	// 10 s, 60 s, 120 s and 60 s. A stream may rest as long as it likes.
	HeaderTimeout, BodyTimeout, IdleTimeout, WriteTimeout time.Duration

	// Logger gets one line per call: steps at debug level, the rest at info,
	// server faults at error. The zero Logger writes nothing.
	Logger zerolog.Logger
	// Clock tells the time to leases; nil stands for the system's.
	Clock Clock
}

// Clock tells the time.
type Clock interface {
	Now() time.Time
	// After returns a channel that gets the time once d has passed.
	After(d time.Duration) <-chan time.Time
}

// SystemClock returns the clock of this machine.
func SystemClock() Clock { return systemClock{} }

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Validate reports options that contradict each other.
func (o *Options) Validate() error {
	for _, field := range []struct {
		name  string
		value int
	}{
		{"MaxSessions", o.MaxSessions}, {"MaxEnvironments", o.MaxEnvironments},
		{"MaxOwnerSessions", o.MaxOwnerSessions}, {"MaxOwnerEnvironments", o.MaxOwnerEnvironments},
		{"MaxMessageBytes", o.MaxMessageBytes}, {"Workers", o.Workers},
	} {
		if field.value < 0 {
			return fmt.Errorf("envserver: option %s is %d: give 0 for the default or a positive number", field.name, field.value)
		}
	}
	for _, field := range []struct {
		name  string
		value time.Duration
	}{
		{"DefaultLease", o.DefaultLease}, {"MaxLease", o.MaxLease}, {"GracePeriod", o.GracePeriod},
		{"HeaderTimeout", o.HeaderTimeout}, {"BodyTimeout", o.BodyTimeout},
		{"IdleTimeout", o.IdleTimeout}, {"WriteTimeout", o.WriteTimeout},
	} {
		if field.value < 0 {
			return fmt.Errorf("envserver: option %s is %v: give 0 for the default or a positive duration", field.name, field.value)
		}
	}
	if (o.TLSCertFile == "") != (o.TLSKeyFile == "") {
		return fmt.Errorf("envserver: options TLSCertFile (%q) and TLSKeyFile (%q): give both or none", o.TLSCertFile, o.TLSKeyFile)
	}
	return nil
}

// withDefaults fills in the documented defaults.
func (o Options) withDefaults() Options {
	o.MaxSessions = orDefault(o.MaxSessions, 65_536)
	o.MaxEnvironments = orDefault(o.MaxEnvironments, 1<<20)
	o.MaxOwnerSessions = min(orDefault(o.MaxOwnerSessions, o.MaxSessions), o.MaxSessions)
	o.MaxOwnerEnvironments = min(orDefault(o.MaxOwnerEnvironments, o.MaxEnvironments), o.MaxEnvironments)
	o.MaxLease = orDefault(o.MaxLease, 24*time.Hour)
	o.DefaultLease = min(orDefault(o.DefaultLease, 10*time.Minute), o.MaxLease)
	o.MaxMessageBytes = orDefault(o.MaxMessageBytes, 16<<20)
	o.Workers = orDefault(o.Workers, runtime.GOMAXPROCS(0))
	o.GracePeriod = orDefault(o.GracePeriod, 15*time.Second)
	o.HeaderTimeout = orDefault(o.HeaderTimeout, 10*time.Second)
	o.BodyTimeout = orDefault(o.BodyTimeout, 60*time.Second)
	o.IdleTimeout = orDefault(o.IdleTimeout, 120*time.Second)
	o.WriteTimeout = orDefault(o.WriteTimeout, 60*time.Second)
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	return o
}

func orDefault[T int | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}
