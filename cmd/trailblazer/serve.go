package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"trailblazer/envserver"
)

// defaultAddress is where serve listens unless told otherwise.
const defaultAddress = "127.0.0.1:8930"

// serveFlags are the arguments of `trailblazer serve`.
type serveFlags struct {
	data          dataFlag
	datasets      string
	asked         policyFlags
	address       string
	unix          string
	tokenFile     string
	exitWithStdin bool
	logLevel      string
	logJSON       bool
	options       envserver.Options
}

func newServeCommand() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the environments to agents",
		Long: `Serve the environments over Connect, gRPC and gRPC-Web: HTTP/1.1 and HTTP/2
on one port or unix socket. Any HTTP client will do:

  curl --json '{}' http://` + defaultAddress + `/trailblazer.v1.EnvService/List

The server listens on localhost only. Before you open it to a network, give it
--token-file (lines of the form owner:token) and --tls-cert/--tls-key.
Interrupting it lets running steps finish.

With --datasets DIR it keeps trajectories: sessions record themselves where
they ask for it, agents append episodes, trainers pull batches. Data set NAME
is DIR/NAME; with tokens, DIR/@OWNER/NAME for its owner alone, and DIR/NAME is
for all owners to read.

With --policy it also tells agents what a policy would do: see 'trailblazer
policy serve'.`,
		Example: `  trailblazer serve
  trailblazer serve --addr 0.0.0.0:8930 --token-file tokens --tls-cert cert.pem --tls-key key.pem
  trailblazer serve --unix /run/trailblazer.sock
  trailblazer serve --datasets experience
  trailblazer serve --policy mpc --policy mine=runs/abr`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	flags.register(cmd)
	cmd.Flags().StringArrayVar(&flags.asked.policies, "policy", nil, "policy that agents may ask, as NAME=POLICY or POLICY: a rule or the directory of a trained run; may be repeated")
	return cmd
}

// register adds the flags that all servers have.
func (flags *serveFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&flags.address, "addr", defaultAddress, "address to listen on")
	f.StringVar(&flags.unix, "unix", "", "unix socket to listen on, instead of --addr")
	flags.data.register(cmd)
	flags.asked.register(cmd)
	f.StringVar(&flags.datasets, "datasets", "", "directory of data sets to serve, to append to and to record sessions into; made if missing")
	f.StringVar(&flags.tokenFile, "token-file", "", "file with lines owner:token; only their bearers may call")
	f.BoolVar(&flags.options.ProtectMetrics, "protect-metrics", false, "ask for a token on /metrics too")
	f.StringVar(&flags.options.TLSCertFile, "tls-cert", "", "certificate file; turns TLS on")
	f.StringVar(&flags.options.TLSKeyFile, "tls-key", "", "key file of the certificate")
	f.StringSliceVar(&flags.options.AllowedOrigins, "cors-origin", nil, "origins whose web pages may call (* for all)")
	f.IntVar(&flags.options.MaxSessions, "max-sessions", 0, "sessions open at once (default 65536)")
	f.IntVar(&flags.options.MaxEnvironments, "max-envs", 0, "environments open at once (default 1048576)")
	f.IntVar(&flags.options.MaxOwnerSessions, "max-owner-sessions", 0, "sessions of one owner (default: as many as the server)")
	f.IntVar(&flags.options.MaxOwnerEnvironments, "max-owner-envs", 0, "environments of one owner (default: as many as the server)")
	f.IntVar(&flags.options.MaxMessageBytes, "max-message-bytes", 0, "largest message from a client (default 16 MiB)")
	f.DurationVar(&flags.options.DefaultLease, "lease", 0, "how long a session outlives its last use (default 10m)")
	f.DurationVar(&flags.options.MaxLease, "max-lease", 0, "longest lease that a client may ask for (default 24h)")
	f.DurationVar(&flags.options.GracePeriod, "grace", 0, "how long running calls may take when the server stops (default 15s)")
	f.IntVar(&flags.options.Workers, "workers", 0, "cores that steps keep busy (default: all)")
	f.BoolVar(&flags.exitWithStdin, "exit-with-stdin", false, "stop when standard input ends, so that the server never outlives its parent")
	f.StringVar(&flags.logLevel, "log-level", "info", "debug, info, warn or error")
	f.BoolVar(&flags.logJSON, "log-json", false, "log JSON lines even to a terminal")
}

func (f *serveFlags) run(cmd *cobra.Command) error {
	logger, err := f.logger(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	f.options.Logger = logger
	if f.options.Tokens, err = readTokens(f.tokenFile); err != nil {
		return err
	}
	c, err := f.data.catalogOn(cmp.Or(f.options.Workers, runtime.GOMAXPROCS(0)))
	if err != nil {
		return err
	}
	if err := f.asked.serve(c, &f.options); err != nil {
		return err
	}
	listener, url, err := f.listen()
	if err != nil {
		return err
	}
	shut := func() error { return nil }
	if f.datasets != "" {
		if shut, err = keepDatasets(f.datasets, c, logger, &f.options); err != nil {
			listener.Close()
			return err
		}
	}
	server, err := envserver.New(c, f.options)
	if err != nil {
		listener.Close()
		return errors.Join(err, shut())
	}
	ctx := cmd.Context()
	if f.exitWithStdin {
		ctx = untilEOF(ctx, cmd.InOrStdin())
	}
	event := logger.Info().Str("version", currentVersion().Version).Str("url", url)
	if f.data.dir != "" {
		event = event.Str("data", f.data.dir)
	}
	if f.datasets != "" {
		event = event.Str("datasets", f.datasets)
	}
	if len(f.asked.policies) > 0 {
		event = event.Strs("policies", f.asked.policies)
	}
	event.Msg("serving environments")
	// Sessions write what they recorded when the server ends them.
	if err := errors.Join(server.Serve(ctx, listener), server.Close(), shut()); err != nil {
		return err
	}
	logger.Info().Msg("stopped")
	return nil
}

func (f *serveFlags) logger(w io.Writer) (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(f.logLevel)
	if err != nil || level == zerolog.NoLevel {
		return zerolog.Nop(), fmt.Errorf("--log-level is %q: give debug, info, warn or error", f.logLevel)
	}
	if file, ok := w.(*os.File); ok && !f.logJSON && isTerminal(file) {
		w = zerolog.ConsoleWriter{Out: file, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger(), nil
}

func readTokens(path string) ([]envserver.Token, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	defer file.Close()
	return envserver.ReadTokens(file)
}

// listen opens the port or the socket.
func (f *serveFlags) listen() (net.Listener, string, error) {
	if f.unix != "" {
		if err := removeDeadSocket(f.unix); err != nil {
			return nil, "", fmt.Errorf("--unix: %w", err)
		}
		listener, err := net.Listen("unix", f.unix)
		if err != nil {
			return nil, "", fmt.Errorf("--unix: %w", err)
		}
		return listener, "unix://" + f.unix, nil
	}
	listener, err := net.Listen("tcp", f.address)
	if err != nil {
		return nil, "", fmt.Errorf("--addr: %w; choose another port, or 0 for any", err)
	}
	scheme := "http"
	if f.options.TLSCertFile != "" {
		scheme = "https"
	}
	return listener, scheme + "://" + listener.Addr().String(), nil
}

// removeDeadSocket removes a socket that a killed server left behind; one that
// answers stays.
func removeDeadSocket(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s exists and is no socket: choose another path", path)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return fmt.Errorf("a server already listens on %s: stop it or choose another path", path)
	}
	return os.Remove(path)
}

// untilEOF returns a context that ends when r does.
func untilEOF(ctx context.Context, r io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		io.Copy(io.Discard, r)
	}()
	return ctx
}
