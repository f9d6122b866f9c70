package envserver

import (
	"net/http"
	"slices"
)

// What Connect's and gRPC-Web's clients in browsers send and read.
const (
	corsMethods = "GET, POST"
	corsHeaders = "Authorization, Connect-Protocol-Version, Connect-Timeout-Ms, Content-Type, Grpc-Timeout, X-Grpc-Web, X-User-Agent"
	corsExposed = "Grpc-Message, Grpc-Status, Grpc-Status-Details-Bin, Retry-After"
	corsMaxAge  = "7200"
)

// crossOrigin lets web pages of the allowed origins call.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	allowed := s.options.AllowedOrigins
	if len(allowed) == 0 {
		return next
	}
	all := slices.Contains(allowed, "*")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		w.Header().Add("Vary", "Origin")
		preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
		if origin != "" && (all || slices.Contains(allowed, origin)) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Expose-Headers", corsExposed)
			if preflight {
				w.Header().Set("Access-Control-Allow-Methods", corsMethods)
				w.Header().Set("Access-Control-Allow-Headers", corsHeaders)
				w.Header().Set("Access-Control-Max-Age", corsMaxAge)
			}
		}
		if preflight {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
