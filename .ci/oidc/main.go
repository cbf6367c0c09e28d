// An OIDC server for tests: the certified library of Zitadel with the forms of its example, one user (olga, password
// "verysecure") and one public client (finetide-cli). PORT, TOKEN_SECONDS and ROLES come from the environment.
// POST /test/rotate replaces the signing key.
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const clientID = "finetide-cli"

type users struct{}

func (users) GetUserByID(id string) *storage.User {
	if id != "olga" {
		return nil
	}
	return &storage.User{ID: id, Username: id, Password: "verysecure", FirstName: "Olga", Email: "olga@example.com"}
}

func (u users) GetUserByUsername(name string) *storage.User { return u.GetUserByID(name) }
func (users) ExampleClientID() string                       { return "service" }

// client is a program without a secret, which gets tokens that services can check themselves.
type client struct{ *storage.Client }

func (client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeDeviceCode, oidc.GrantTypeRefreshToken}
}

type key struct {
	id     string
	secret *rsa.PrivateKey
	open   bool
}

func newKey() key {
	secret, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	return key{id: uuid.NewString(), secret: secret}
}

func (k key) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k key) Algorithm() jose.SignatureAlgorithm          { return jose.RS256 }
func (k key) Use() string                                 { return "sig" }
func (k key) ID() string                                  { return k.id }
func (k key) Key() any {
	if k.open {
		return &k.secret.PublicKey
	}
	return k.secret
}

// store is the example's, with keys that rotate, tokens that expire soon, and refresh tokens after a device code.
type store struct {
	*storage.Storage
	lock    sync.Mutex
	current key
	refresh map[string]*storage.RefreshToken
	life    time.Duration
	roles   []string
}

func (s *store) SigningKey(context.Context) (op.SigningKey, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.current, nil
}

func (s *store) KeySet(context.Context) ([]op.Key, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	open := s.current
	open.open = true
	return []op.Key{open}, nil
}

func (s *store) rotate(w http.ResponseWriter, _ *http.Request) {
	next := newKey()
	s.lock.Lock()
	defer s.lock.Unlock()
	s.current = next
	fmt.Fprintln(w, next.id)
}

func (s *store) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, fmt.Errorf("client not found")
	}
	return client{storage.NativeClient(clientID)}, nil
}

func (s *store) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return map[string]any{"finetide_roles": s.roles}, nil
}

func (s *store) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return uuid.NewString(), time.Now().Add(s.life), nil
}

func (s *store) CreateAccessAndRefreshTokens(ctx context.Context, request op.TokenRequest, before string) (string, string, time.Time, error) {
	id, end, _ := s.CreateAccessToken(ctx, request)
	s.lock.Lock()
	defer s.lock.Unlock()
	if _, known := s.refresh[before]; before != "" && !known {
		return "", "", time.Time{}, fmt.Errorf("invalid refresh token")
	}
	delete(s.refresh, before)
	next := uuid.NewString()
	s.refresh[next] = &storage.RefreshToken{
		ID: next, Token: next, UserID: request.GetSubject(), ApplicationID: clientID,
		Audience: request.GetAudience(), Scopes: request.GetScopes(), Expiration: time.Now().Add(time.Hour),
	}
	return id, next, end, nil
}

func (s *store) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	known, ok := s.refresh[token]
	if !ok {
		return nil, fmt.Errorf("invalid refresh token")
	}
	return storage.RefreshTokenRequestFromBusiness(known), nil
}

func (s *store) GetRefreshTokenInfo(_ context.Context, _ string, token string) (string, string, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	known, ok := s.refresh[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return known.UserID, known.ID, nil
}

func (s *store) RevokeToken(_ context.Context, token string, _ string, _ string) *oidc.Error {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.refresh, token)
	return nil
}

func main() {
	issuer := "http://127.0.0.1:" + os.Getenv("PORT") + "/"
	life, err := strconv.Atoi(os.Getenv("TOKEN_SECONDS"))
	if err != nil {
		log.Fatal(err)
	}
	storage.RegisterClients(storage.NativeClient(clientID))
	s := &store{
		Storage: storage.NewStorage(users{}),
		current: newKey(),
		refresh: map[string]*storage.RefreshToken{},
		life:    time.Duration(life) * time.Second,
		roles:   strings.Split(os.Getenv("ROLES"), ","),
	}
	config := &op.Config{
		CryptoKey:             sha256.Sum256([]byte("test")),
		CryptoKeyId:           "1",
		GrantTypeRefreshToken: true,
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime: time.Minute, PollInterval: time.Second, UserFormPath: "/device", UserCode: op.UserCodeBase20,
		},
	}
	provider, err := op.NewProvider(config, s, op.StaticIssuer(issuer), op.WithAllowInsecure())
	if err != nil {
		log.Fatal(err)
	}
	forms := exampleop.SetupServer(issuer, s, slog.New(slog.DiscardHandler), false)
	server := http.NewServeMux()
	server.Handle("/", provider)
	server.Handle("/device", forms)
	server.Handle("/device/", forms)
	server.HandleFunc("POST /test/rotate", s.rotate)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), server))
}
