using System.Text.Json;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>A refusal or failure of the API server, in plain words, with what the server said kept beside it.</summary>
/// <param name="Status">HTTP status; 0 when no answer came.</param>
/// <param name="Reason">The server's reason (<c>NotFound</c>, <c>Forbidden</c>, …) or ours: <c>Unreachable</c>, <c>Untrusted</c>, <c>Idle</c>.</param>
/// <param name="Code">Stable code, <c>kubernetes.…</c>.</param>
/// <param name="Message">Plain words.</param>
/// <param name="Detail">The server's own message, unshortened.</param>
/// <param name="Fix">What to change.</param>
public sealed record KubernetesError(int Status, string Reason, string Code, string Message, string Detail, string? Fix = null)
    : ClusterError(Code, Message, null, Fix)
{
    /// <summary>The object is not there.</summary>
    public bool IsNotFound => Status == 404;

    /// <summary>Another writer was first, or the object exists already.</summary>
    public bool IsConflict => Status == 409;

    /// <summary>The resource version is too old: list again.</summary>
    public bool IsExpired => Status == 410 || Reason is "Expired" or "Gone";

    /// <summary>No answer came, so nothing is known about the effect.</summary>
    public bool IsUnreachable => Status == 0;

    /// <summary>The same request may work later without anyone changing anything.</summary>
    public bool IsTransient => Status is 0 or 429 or 500 or 502 or 503 or 504 && Reason != "Untrusted";

    /// <inheritdoc />
    public override string ToString() => $"{Code} ({Status} {Reason}): {Message} {Detail}";

    internal static KubernetesError FromStatus(int http, ReadOnlySpan<byte> body, string request)
    {
        var (reason, message) = ReadStatus(body);
        reason ??= http switch
        {
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            409 => "Conflict",
            410 => "Expired",
            429 => "TooManyRequests",
            _ => "Unknown",
        };
        var detail = message ?? $"HTTP {http} for {request}";
        return http switch
        {
            401 => new(
                http,
                reason,
                "kubernetes.unauthorized",
                "The cluster did not accept the credentials.",
                detail,
                "Check that the token or certificate in the kubeconfig is still valid."
            ),
            403 => new(
                http,
                reason,
                "kubernetes.forbidden",
                $"The credentials are not allowed to do this: {detail}.",
                detail,
                "Give the account the role listed on the connect page."
            ),
            404 => new(http, reason, "kubernetes.not_found", $"The cluster does not have this object: {detail}.", detail),
            409 when reason == "AlreadyExists" => new(
                http,
                reason,
                "kubernetes.already_exists",
                $"The object exists already: {detail}.",
                detail
            ),
            409 => new(http, reason, "kubernetes.conflict", $"Someone else changed the object meanwhile: {detail}.", detail),
            410 => new(http, reason, "kubernetes.expired", "The cluster no longer has this point in its history.", detail),
            422 or 400 => new(http, reason, "kubernetes.invalid", $"The cluster refused the object: {detail}.", detail),
            429 => new(http, reason, "kubernetes.busy", "The cluster asked to slow down.", detail),
            >= 500 => new(http, reason, "kubernetes.server_error", $"The cluster's API server failed: {detail}.", detail),
            _ => new(
                http,
                reason,
                "kubernetes.unexpected",
                $"The server gave an answer a Kubernetes API server would not give: {detail}.",
                detail,
                "Check the server address in the kubeconfig."
            ),
        };
    }

    internal static KubernetesError Unreachable(Uri server, Exception cause)
    {
        var detail = cause.InnerException is null ? cause.Message : $"{cause.Message} {cause.InnerException.Message}";
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is System.Security.Authentication.AuthenticationException)
            {
                return new(
                    0,
                    "Untrusted",
                    "kubernetes.untrusted",
                    $"The certificate of {server.Authority} is not trusted.",
                    detail,
                    "Put the cluster's CA into certificate-authority-data."
                );
            }
        }

        return new(
            0,
            "Unreachable",
            "kubernetes.unreachable",
            $"No connection to {server.Authority}.",
            detail,
            "Check that the address is right and reachable from here, or join with the agent."
        );
    }

    internal static KubernetesError TimedOut(Uri server, TimeSpan after) =>
        new(
            0,
            "Unreachable",
            "kubernetes.timeout",
            $"{server.Authority} did not answer within {after.TotalSeconds:0} s.",
            "timeout",
            "Check that the cluster is up and reachable from here."
        );

    internal static KubernetesError NotKubernetes(int http, string request, string detail) =>
        new(
            http,
            "Unreadable",
            "kubernetes.unreadable",
            $"The answer to {request} is not what a Kubernetes API server would send.",
            detail,
            "Check the server address in the kubeconfig."
        );

    internal static KubernetesError Idle(TimeSpan after) =>
        new(0, "Idle", "kubernetes.watch_idle", $"The watch stayed silent for {after.TotalSeconds:0} s.", "idle watchdog");

    private static (string? Reason, string? Message) ReadStatus(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            var status = JsonSerializer.Deserialize(ref reader, KubeJson.Default.KubeStatus);
            return (status?.Reason is { Length: > 0 } reason ? reason : null, status?.Message);
        }
        catch (JsonException)
        {
            // Not a Status object (a proxy's page, for example): the HTTP status alone speaks.
            return (null, null);
        }
    }
}
