package experience

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/durationpb"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/datasets/store"
	"trailblazer/datasets/traj"
	"trailblazer/envserver"
)

// Options limits what callers may ask for. The zero value has the defaults
// given below.
type Options struct {
	// MaxPulls limits the pulls that run at once; 0 stands for 64.
	MaxPulls int
	// MaxPoolSteps limits the pool_steps of a pull, which holds twice as many
	// steps in memory; 0 stands for 1,048,576.
	MaxPoolSteps int
	// MaxBatchBytes limits one batch; 0 stands for 256 MiB.
	MaxBatchBytes int
}

// Service implements trailblazerv1connect.DatasetServiceHandler.
type Service struct {
	store   *store.Store
	catalog env.Catalog
	options Options
	pulls   chan struct{}
}

// New makes the service of a store's data sets. The catalog tells what episodes
// of an environment look like that are appended.
func New(store *store.Store, catalog env.Catalog, o Options) (*Service, error) {
	for _, field := range []struct {
		name     string
		value    *int
		fallback int
	}{{"MaxPulls", &o.MaxPulls, 64}, {"MaxPoolSteps", &o.MaxPoolSteps, 1 << 20}, {"MaxBatchBytes", &o.MaxBatchBytes, 256 << 20}} {
		switch {
		case *field.value < 0:
			return nil, fmt.Errorf("experience: option %s is %d: give 0 for the default or a positive number", field.name, *field.value)
		case *field.value == 0:
			*field.value = field.fallback
		}
	}
	return &Service{store: store, catalog: catalog, options: o, pulls: make(chan struct{}, o.MaxPulls)}, nil
}

// Mount returns the service for the options of a server.
func (s *Service) Mount() envserver.Service {
	return envserver.Service{
		Descriptor: trailblazerv1.File_trailblazer_v1_dataset_service_proto.Services().ByName("DatasetService"),
		Handler: func(options ...connect.HandlerOption) (string, http.Handler) {
			return trailblazerv1connect.NewDatasetServiceHandler(s, options...)
		},
	}
}

// enter takes one of the places for pulls. Every enter that returns nil needs a
// leave.
func (s *Service) enter() error {
	select {
	case s.pulls <- struct{}{}:
		return nil
	default:
	}
	err := connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("%d pulls are running, which is the limit: end one or retry later", cap(s.pulls)))
	if detail, detailErr := connect.NewErrorDetail(&trailblazerv1.RetryHint{RetryAfter: durationpb.New(time.Second)}); detailErr == nil {
		err.AddDetail(detail)
	}
	return err
}

func (s *Service) leave() { <-s.pulls }

// coded gives errors of the files their RPC codes. The server codes the rest.
func coded(err error) error {
	var (
		damage *traj.DamageError
		locked *traj.LockedError
	)
	switch {
	case errors.As(err, &damage):
		return connect.NewError(connect.CodeDataLoss, err)
	case errors.As(err, &locked):
		return connect.NewError(connect.CodeFailedPrecondition, err)
	case errors.Is(err, store.ErrClosed):
		return connect.NewError(connect.CodeUnavailable, err)
	}
	return err
}
