using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Polly;
using Polly.Retry;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>Bytes to the API server and back: TLS, credentials, time limits, and repeats of what is safe to repeat.</summary>
internal sealed class KubernetesTransport : IDisposable
{
    private const int MaximumAnswerBytes = 256 << 20;

    private readonly KubeConfig config;
    private readonly KubernetesClientOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private readonly ResiliencePipeline<Answer> repeats;

    public KubernetesTransport(KubeConfig config, KubernetesClientOptions options, TimeProvider time, HttpMessageHandler? handler)
    {
        this.config = config;
        this.options = options;
        this.time = time;
        http = new HttpClient(handler ?? CreateHandler(config, options))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaximumAnswerBytes,
        };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("compute-marketplace", "1"));
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (config.Token is { Length: > 0 } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        repeats = CreateRepeats(options, time);
    }

    /// <summary>When the server last answered anything, refusals included. Null before the first answer.</summary>
    public DateTimeOffset? LastAnswerAt { get; private set; }

    public void Contacted() => LastAnswerAt = time.GetUtcNow();

    /// <summary>One exchange, whole body in memory.</summary>
    public async Task<ClusterResult<byte[]>> SendAsync(
        HttpMethod method,
        string path,
        byte[]? body,
        string? mediaType,
        CancellationToken ct
    )
    {
        var safe = method != HttpMethod.Post;
        var context = ResilienceContextPool.Shared.Get(ct);
        try
        {
            var answer = await repeats.ExecuteAsync(
                async c =>
                {
                    var once = await SendOnceAsync(method, path, body, mediaType, c.CancellationToken);
                    return once with { MayRepeat = safe || once.Error?.Status == 429 };
                },
                context
            );
            return answer.Error is null ? answer.Body! : answer.Error;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Opens a long answer (watch, followed log): the time limit covers the headers only.</summary>
    /// <param name="path">The path.</param>
    /// <param name="patient">No time limit at all: a kubelet sends nothing, headers included, before a followed log's first line.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<ClusterResult<HttpResponseMessage>> OpenAsync(string path, bool patient, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(patient ? Timeout.InfiniteTimeSpan : options.RequestTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var request = Request(HttpMethod.Get, path);
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            Contacted();
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                var bytes = await response.Content.ReadAsByteArrayAsync(both.Token);
                return KubernetesError.FromStatus((int)response.StatusCode, bytes, $"GET {path}");
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return KubernetesError.TimedOut(config.Server, options.RequestTimeout);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return KubernetesError.Unreachable(config.Server, e);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>A client's default version is not for requests that are made by hand, so each names it.</summary>
    private HttpRequestMessage Request(HttpMethod method, string path) =>
        new(method, new Uri(config.Server, path))
        {
            Version = config.Server.Scheme == "https" ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };

    private async Task<Answer> SendOnceAsync(HttpMethod method, string path, byte[]? body, string? mediaType, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(options.RequestTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var request = Request(method, path);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType ?? "application/json");
            }

            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, both.Token);
            Contacted();
            var bytes = await response.Content.ReadAsByteArrayAsync(both.Token);
            if (response.IsSuccessStatusCode)
            {
                return new Answer(bytes, null, null);
            }

            var error = KubernetesError.FromStatus((int)response.StatusCode, bytes, $"{method} {path}");
            return new Answer(null, error, response.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new Answer(null, KubernetesError.TimedOut(config.Server, options.RequestTimeout), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new Answer(null, KubernetesError.Unreachable(config.Server, e), null);
        }
    }

    private static ResiliencePipeline<Answer> CreateRepeats(KubernetesClientOptions options, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<Answer> { TimeProvider = time };
        if (options.Retries > 0)
        {
            builder.AddRetry(
                new RetryStrategyOptions<Answer>
                {
                    MaxRetryAttempts = options.Retries,
                    Delay = options.RetryPause,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = o => ValueTask.FromResult(o.Outcome.Result is { MayRepeat: true, Error.IsTransient: true }),
                    DelayGenerator = o =>
                        ValueTask.FromResult(
                            o.Outcome.Result?.RetryAfter is { } wait && wait < options.RequestTimeout ? wait : (TimeSpan?)null
                        ),
                }
            );
        }

        return builder.Build();
    }

    private static SocketsHttpHandler CreateHandler(KubeConfig config, KubernetesClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect could carry the credentials to another host.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = config.Proxy is not null,
            Proxy = config.Proxy is null ? null : new WebProxy(config.Proxy),
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(30),
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        var tls = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.None };
        if (config.TlsServerName is not null)
        {
            tls.TargetHost = config.TlsServerName;
        }

        if (config.ClientCertificate is { } certificate)
        {
            tls.ClientCertificates = [certificate];
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        if (config.SkipTlsVerify)
        {
#pragma warning disable CA5359 // The operator opted in, by name, for this cluster (KubeConfigRules).
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (config.Authorities.Count > 0)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(config.Authorities);
            tls.CertificateChainPolicy = policy;
        }

        handler.SslOptions = tls;
        return handler;
    }

    private sealed record Answer(byte[]? Body, KubernetesError? Error, TimeSpan? RetryAfter, bool MayRepeat = false);
}
