package envserver

import (
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"math"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"
	"connectrpc.com/validate"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/reflect/protoreflect"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
)

// Server answers the calls of EnvService. Make one with New; Close it to free
// its sessions.
type Server struct {
	options  Options
	catalog  env.Catalog
	pool     *vector.Pool
	sessions *registry
	metrics  *metrics
	health   *grpchealth.StaticChecker
	streams  streamSet
	names    []string // Of the services.
	// methods are those of all services, by their procedures.
	methods  map[string]protoreflect.MethodDescriptor
	frequent map[string]bool // Procedures that are called many times a second.
	handler  http.Handler
	hashSeed maphash.Seed

	stop      chan struct{}
	stopOnce  sync.Once
	sweeping  sync.WaitGroup
	errWriter *connect.ErrorWriter
}

// service is the calls of EnvService on a Server, which has methods of its own.
// Step, Reset and StepStream have a route apart.
type service struct {
	*Server
	trailblazerv1connect.UnimplementedEnvServiceHandler
}

// New makes a server of the catalog's environments.
func New(catalog env.Catalog, options Options) (*Server, error) {
	if catalog == nil {
		return nil, errors.New("envserver: New needs a catalog")
	}
	if err := options.Validate(); err != nil {
		return nil, err
	}
	options = options.withDefaults()
	s := &Server{
		options:   options,
		catalog:   catalog,
		pool:      vector.NewPool(options.Workers),
		sessions:  newRegistry(options.Clock, options.limits()),
		hashSeed:  maphash.MakeSeed(),
		methods:   make(map[string]protoreflect.MethodDescriptor),
		stop:      make(chan struct{}),
		errWriter: connect.NewErrorWriter(),
	}
	services := []protoreflect.ServiceDescriptor{trailblazerv1.File_trailblazer_v1_env_service_proto.Services().ByName("EnvService")}
	s.frequent = map[string]bool{trailblazerv1connect.EnvServiceStepProcedure: true, trailblazerv1connect.EnvServiceResetProcedure: true}
	var collectors []prometheus.Collector
	for _, service := range options.Services {
		services = append(services, service.Descriptor)
		collectors = append(collectors, service.Collectors...)
		for _, procedure := range service.Frequent {
			s.frequent[procedure] = true
		}
	}
	for _, service := range services {
		s.names = append(s.names, string(service.FullName()))
		maps.Copy(s.methods, procedures(service))
	}
	s.health = grpchealth.NewStaticChecker(s.names...)
	s.metrics = newMetrics(s.sessions, s.methods, collectors)
	s.handler = s.routes()
	s.sweeping.Go(s.sweepLoop)
	return s, nil
}

// Handler serves everything: the service, health, reflection and metrics. It
// has no timeouts of its own; Serve has.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends all sessions and the server's goroutines. A session that is being
// used ends with the call that is running; later calls are refused.
func (s *Server) Close() error {
	s.drain()
	s.stopOnce.Do(func() {
		close(s.stop)
		s.sweeping.Wait()
		for _, sess := range s.sessions.stop() {
			s.retire(sess)
		}
		s.pool.Close()
	})
	return nil
}

// drain turns the health to not serving and ends resting streams.
func (s *Server) drain() {
	for _, name := range s.names {
		s.health.SetStatus(name, grpchealth.StatusNotServing)
	}
	s.health.SetStatus("", grpchealth.StatusNotServing)
	s.streams.end()
}

// routes builds the handler. Health is open to all, everything else asks for a
// token where there are any.
func (s *Server) routes() http.Handler {
	limits := connect.WithHandlerOptions(
		connect.WithReadMaxBytes(s.options.MaxMessageBytes),
		// Tensors are not worth compressing; what clients compressed is read.
		connect.WithCompressMinBytes(math.MaxInt),
	)
	options := connect.WithHandlerOptions(
		limits,
		boundedGzip(s.options.MaxMessageBytes),
		connect.WithCodec(binaryCodec{}),
		connect.WithCodec(jsonCodec{"json"}),
		connect.WithCodec(jsonCodec{"json; charset=utf-8"}),
		connect.WithInterceptors(&edge{s}, validate.NewInterceptor()),
	)
	mux := http.NewServeMux()
	calls := &service{Server: s}
	path, handler := trailblazerv1connect.NewEnvServiceHandler(calls, options)
	mux.Handle(path, s.observed(calls.sessionRoutes(handler, options)))
	for _, service := range s.options.Services {
		s.mount(mux, service, options)
	}
	reflector := grpcreflect.NewStaticReflector(append(s.names, grpchealth.HealthV1ServiceName)...)
	path, handler = grpcreflect.NewHandlerV1(reflector, limits)
	mux.Handle(path, s.protected(handler))
	path, handler = grpcreflect.NewHandlerV1Alpha(reflector, limits)
	mux.Handle(path, s.protected(handler))
	path, handler = grpchealth.NewHandler(s.health, limits)
	mux.Handle(path, handler)
	if s.options.ProtectMetrics {
		mux.Handle("/metrics", s.protected(s.metrics))
	} else {
		mux.Handle("/metrics", s.metrics)
	}
	return s.crossOrigin(mux)
}

// sessionRoutes answers resets and steps, whose replies share memory with
// their session, apart from the rest.
func (s *service) sessionRoutes(rest http.Handler, options connect.HandlerOption) http.Handler {
	methods := trailblazerv1.File_trailblazer_v1_env_service_proto.Services().ByName("EnvService").Methods()
	step := connect.NewUnaryHandlerSimple(trailblazerv1connect.EnvServiceStepProcedure, s.stepReply,
		connect.WithSchema(methods.ByName("Step")), options)
	reset := connect.NewUnaryHandlerSimple(trailblazerv1connect.EnvServiceResetProcedure, s.resetReply,
		connect.WithSchema(methods.ByName("Reset")), options)
	stream := connect.NewBidiStreamHandler(trailblazerv1connect.EnvServiceStepStreamProcedure, s.stepStream,
		connect.WithSchema(methods.ByName("StepStream")), options)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case trailblazerv1connect.EnvServiceStepProcedure:
			step.ServeHTTP(w, r)
		case trailblazerv1connect.EnvServiceResetProcedure:
			reset.ServeHTTP(w, r)
		case trailblazerv1connect.EnvServiceStepStreamProcedure:
			stream.ServeHTTP(w, r)
		default:
			rest.ServeHTTP(w, r)
		}
	})
}

// with lets do work with the caller's session, alone. A panic or a brokenError
// ends the session.
func with[T any](ctx context.Context, s *Server, id string, do func(*session) (T, error)) (result T, err error) {
	sess, err := s.sessions.get(callOf(ctx).owner, id)
	if err != nil {
		return result, err
	}
	if err := sess.enter(ctx); err != nil {
		return result, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = &brokenError{vector.NewPanicError(r)}
		}
		var broken *brokenError
		if errors.As(err, &broken) {
			sess.doomed.Store(true)
		}
		sess.touch(s.options.Clock.Now())
		s.leave(sess)
	}()
	callOf(ctx).session = sess.id
	return do(sess)
}

// leave ends what enter began, and closes the session if it is doomed.
func (s *Server) leave(sess *session) {
	for {
		if sess.doomed.Load() {
			s.closeSession(sess)
		}
		<-sess.lock
		// It may have been doomed since the check above.
		if !sess.doomed.Load() || !sess.tryEnter() {
			return
		}
	}
}

// retire closes a session now, or lets whoever works with it do so.
func (s *Server) retire(sess *session) {
	sess.doomed.Store(true)
	if sess.tryEnter() {
		s.leave(sess)
	}
}

// closeSession frees what a session holds. The caller has entered it.
func (s *Server) closeSession(sess *session) {
	if sess.closed {
		return
	}
	sess.closed = true
	s.sessions.remove(sess)
	defer func() {
		if r := recover(); r != nil {
			s.options.Logger.Error().Str("session", sess.id).Interface("panic", r).Msg("closing an environment panicked")
		}
	}()
	if err := sess.endRecording(); err != nil {
		s.options.Logger.Error().Str("session", sess.id).Err(err).Msg("writing a recording failed")
	}
	if err := sess.vector.Close(); err != nil {
		s.options.Logger.Error().Str("session", sess.id).Err(err).Msg("closing an environment failed")
	}
	sess.vector, sess.out, sess.last = nil, nil, lastCall{}
}

// cut returns a lease within the server's bounds.
func (s *Server) cut(lease time.Duration) time.Duration {
	if lease <= 0 {
		return s.options.DefaultLease
	}
	return min(lease, s.options.MaxLease)
}
