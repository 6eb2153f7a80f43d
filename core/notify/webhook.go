package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// Headers of a request to a webhook, beside the bearer token.
const (
	headerID        = "Idempotency-Key"       // the message's id: it is the same at each try
	headerTime      = "X-RadDeploy-Timestamp" // seconds since 1970, when this try was made
	headerSignature = "X-RadDeploy-Signature" // see sign
)

// post posts a message to a webhook; nil: the server has it.
func post(ctx context.Context, to config.Webhook, content run.MessageContent) *Refusal {
	body, err := json.Marshal(content)
	if err != nil {
		return &Refusal{Why: problem.Error{Op: "write the message", Cause: err}, Final: true}
	}
	secured, err := access.ClientTLS(&to.TLS)
	if err != nil {
		return &Refusal{Why: problem.Error{Op: "webhook", Cause: err, Advice: "see ca_file, cert_file and key_file"}, Slow: true, Server: true}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return &Refusal{Why: problem.Error{Op: "webhook", Cause: err}, Final: true}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "RadDeploy")
	request.Header.Set(headerID, content.ID)
	if refused := authorize(request, to, body); refused != nil {
		return refused
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: secured, DisableKeepAlives: true, ForceAttemptHTTP2: true}
	client := &http.Client{Transport: transport, Timeout: to.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a secret goes where the site says, and nowhere else
	}}
	response, err := client.Do(request)
	if err != nil {
		return noAnswer(to, err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // what it says beside its status is not read
	return judge(to, response)
}

// authorize adds what proves who posts.
func authorize(request *http.Request, to config.Webhook, body []byte) *Refusal {
	if to.Token != "" {
		token, refused := readSecret("token_file", to.Token)
		if refused != nil {
			return refused
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if to.Secret != "" {
		secret, refused := readSecret("secret_file", to.Secret)
		if refused != nil {
			return refused
		}
		at := strconv.FormatInt(time.Now().Unix(), 10)
		request.Header.Set(headerTime, at)
		request.Header.Set(headerSignature, sign(secret, at, body))
	}
	return nil
}

// sign is the HMAC-SHA256 of the time, a dot and the body, in hexadecimal.
func sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// webhookHost names a webhook without its path, which may be a secret.
func webhookHost(to config.Webhook) string {
	u, err := url.Parse(to.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// noAnswer says why the server has not answered.
func noAnswer(to config.Webhook, err error) *Refusal {
	var asked *url.Error // whose text has the whole URL
	if errors.As(err, &asked) {
		err = asked.Err
	}
	r := &Refusal{Why: problem.Error{Op: "webhook", Object: webhookHost(to), Cause: err}, Server: true}
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		r.Slow, r.Why.Cause, r.Why.Advice = true, fmt.Errorf("its certificate is not trusted: %w", untrusted.Err), "see ca_file"
	case asked != nil && asked.Timeout():
		r.Why.Cause = fmt.Errorf("no answer in %s", to.Timeout)
	}
	return r
}

// judge says what a status means.
func judge(to config.Webhook, response *http.Response) *Refusal {
	code := response.StatusCode
	r := &Refusal{Why: problem.Error{Op: "webhook", Object: webhookHost(to), Cause: fmt.Errorf("answered %d %s", code, http.StatusText(code))}}
	switch {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		r.Slow, r.Server, r.Why.Advice = true, true, "redirects are not followed: give the address itself as url"
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusNotFound || code == http.StatusProxyAuthRequired:
		r.Slow, r.Server, r.Why.Advice = true, true, "see url, token_file and secret_file"
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly || code == http.StatusTooManyRequests || code >= 500:
		r.Server = true
	default:
		r.Final = true
	}
	return r
}
