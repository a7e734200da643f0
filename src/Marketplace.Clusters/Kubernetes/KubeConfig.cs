using System.Security.Cryptography.X509Certificates;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>What a kubeconfig may contain beyond the safe default. Each switch is the operator's explicit choice.</summary>
public sealed record KubeConfigRules
{
    /// <summary>The safe default: TLS verified, plain HTTP to this machine only.</summary>
    public static KubeConfigRules Default { get; } = new();

    /// <summary>Accept <c>insecure-skip-tls-verify</c>. Anyone on the path could then read and change everything.</summary>
    public bool AllowInsecureSkipTlsVerify { get; init; }

    /// <summary>Accept <c>http://</c> servers that are not on this machine.</summary>
    public bool AllowPlainHttp { get; init; }
}

/// <summary>
/// One context of a kubeconfig, ready to connect with: the server, whom to trust, and who we are. Never a record: its text must not carry
/// the token.
/// </summary>
public sealed class KubeConfig
{
    internal KubeConfig() { }

    /// <summary>The API server's base address; ends with a slash, and keeps a path prefix (proxies, simulated clusters).</summary>
    public required Uri Server { get; init; }

    /// <summary>The name of the context these settings come from.</summary>
    public required string Context { get; init; }

    /// <summary>The context's default namespace, <c>default</c> when it names none.</summary>
    public required string Namespace { get; init; }

    /// <summary>The authorities the server's certificate must chain to; empty means the machine's own trust store.</summary>
    internal X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>The authorities as a kubeconfig carries them (base64 of PEM); null when the machine's own trust store is used.</summary>
    public string? AuthorityData =>
        Authorities.Count == 0 ? null : Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(Authorities.ExportCertificatePems()));

    internal X509Certificate2? ClientCertificate { get; init; }

    internal string? Token { get; init; }

    internal bool SkipTlsVerify { get; init; }

    internal string? TlsServerName { get; init; }

    internal Uri? Proxy { get; init; }

    /// <summary>Reads one context out of a kubeconfig (YAML or JSON).</summary>
    /// <param name="yaml">The file's text. Everything must be inside it: paths and programs are refused.</param>
    /// <param name="context">The context to use; the file's <c>current-context</c> when null.</param>
    /// <param name="rules">What to accept beyond the safe default.</param>
    /// <returns>The settings, or an error that names the field and the fix.</returns>
    public static ClusterResult<KubeConfig> Parse(string yaml, string? context = null, KubeConfigRules? rules = null) =>
        new KubeConfigReader(rules ?? KubeConfigRules.Default).Read(yaml, context);

    /// <summary>Settings for a server without TLS on this machine, as the simulated cluster offers it.</summary>
    /// <param name="server">For example <c>http://127.0.0.1:8081/clusters/a</c>.</param>
    public static KubeConfig ForLoopback(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (!server.IsLoopback)
        {
            throw new ArgumentException("Only for servers on this machine; parse a kubeconfig for others.", nameof(server));
        }

        return new KubeConfig
        {
            Server = KubeConfigReader.WithSlash(server),
            Context = "loopback",
            Namespace = "default",
        };
    }

    /// <summary>The context and the server, without any secret.</summary>
    public override string ToString() => $"{Context} at {Server}";
}
