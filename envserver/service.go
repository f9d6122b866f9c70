package envserver

import (
	"context"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// farewell is how long a message may take that a service's stream is sending
// when the server stops: whoever reads it now reads it whole.
const farewell = time.Second

// Service is an RPC service that is served beside EnvService: on the same port,
// with the same tokens, limits, encodings, log and metrics. Its handlers return
// plain errors, which become RPC errors as those of EnvService do. When the
// server stops, the contexts of its streams end, and context.Cause says why.
type Service struct {
	// Descriptor declares it.
	Descriptor protoreflect.ServiceDescriptor
	// Handler makes its handler, as generated code does.
	Handler func(options ...connect.HandlerOption) (path string, handler http.Handler)
	// Frequent lists procedures that agents call many times a second: those that
	// succeed are logged at debug level, as steps are.
	Frequent []string
	// Collectors are shown by /metrics beside the server's own.
	Collectors []prometheus.Collector
}

// Owner returns whose token a handler's call bears; it is empty where the
// server asks for none.
func Owner(ctx context.Context) string { return callOf(ctx).bearer }

// procedures lists the full names of a service's procedures.
func procedures(service protoreflect.ServiceDescriptor) map[string]protoreflect.MethodDescriptor {
	list := make(map[string]protoreflect.MethodDescriptor)
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		list["/"+string(service.FullName())+"/"+string(method.Name())] = method
	}
	return list
}

// mount serves a service. Its streams end when the server stops.
func (s *Server) mount(mux *http.ServeMux, service Service, options connect.HandlerOption) {
	path, handler := service.Handler(options)
	mux.Handle(path, s.observed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := s.methods[r.URL.Path]
		if method == nil || !method.IsStreamingClient() && !method.IsStreamingServer() {
			handler.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		call := callOf(ctx)
		control := call.control
		started := s.streams.add(control, func() {
			cancel(errStopping)
			_ = control.SetReadDeadline(time.Unix(1, 0))
			_ = control.SetWriteDeadline(time.Now().Add(farewell))
		})
		if !started {
			call.err, call.answered = rpcError(errStopping), true
			_ = s.errWriter.Write(w, r, call.err)
			return
		}
		defer s.streams.remove(control)
		handler.ServeHTTP(w, r.WithContext(ctx))
	})))
}
