using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Workloads;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Workloads;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>Clients to clusters, from their encrypted kubeconfigs: one per cluster and process, for direct questions such as logs.</summary>
internal sealed class ClusterAccess(
    IServiceScopeFactory scopes,
    IDataProtectionProvider protection,
    TimeProvider time,
    IOptions<ProvisioningOptions> options
) : IDisposable
{
    private const string TenantAccount = "tenant";
    private const string ContextMark = "# context: ";
    private static readonly TimeSpan KubeconfigLife = TimeSpan.FromHours(1);
    private readonly IDataProtector protector = protection.CreateProtector("kubeconfig");
    private readonly ConcurrentDictionary<string, (string Encrypted, KubernetesClient Client)> clients = new(StringComparer.Ordinal);

    /// <summary>Change topic of a cluster's desired state.</summary>
    public static string DesiredTopic(string clusterId) => $"desired:{clusterId}";

    /// <summary>Encrypts a kubeconfig together with the context that was chosen in it.</summary>
    public string Encrypt(string kubeconfig, string? context) =>
        protector.Protect(context is null ? kubeconfig : $"{ContextMark}{context}\n{kubeconfig}");

    /// <summary>Reads a kubeconfig under our rules: plain http only on this machine, and only when the options say so.</summary>
    public ClusterResult<KubeConfig> Parse(string yaml, string? context)
    {
        var strict = KubeConfig.Parse(yaml, context);
        if (strict.IsOk || !options.Value.AllowLoopbackHttp)
            return strict;
        var relaxed = KubeConfig.Parse(yaml, context, KubeConfigRules.Default with { AllowPlainHttp = true });
        return relaxed is { IsOk: true, Value: { } config } && config.Server.IsLoopback ? relaxed : strict;
    }

    public KubeConfig Open(string encrypted)
    {
        string text = protector.Unprotect(encrypted);
        if (!text.StartsWith(ContextMark, StringComparison.Ordinal))
            return Parse(text, context: null).Required;
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return Parse(text[(end + 1)..], text[ContextMark.Length..end]).Required;
    }

    public async Task<KubernetesClient?> ClientAsync(string clusterId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        string? encrypted = await scope
            .ServiceProvider.GetRequiredService<MarketplaceDbContext>()
            .Set<ClusterRow>()
            .Where(c => c.Id == clusterId && c.State != ClusterState.Disconnected)
            .Select(c => c.EncryptedKubeconfig)
            .FirstOrDefaultAsync(ct);
        if (encrypted is null)
            return null;
        return clients
            .AddOrUpdate(
                clusterId,
                _ => (encrypted, new KubernetesClient(Open(encrypted), time)),
                (_, old) => old.Encrypted == encrypted ? old : (encrypted, new KubernetesClient(Open(encrypted), time))
            )
            .Client;
    }

    public async IAsyncEnumerable<LogLine> LogsAsync(
        Workload workload,
        string? pod,
        int tail,
        bool follow,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        string? name = pod ?? WorkloadPods.Of(workload).FirstOrDefault()?.Name;
        if (name is null || await ClientAsync(workload.ClusterId, ct) is not { } client)
            yield break;
        var opened = await client.OpenLogAsync(NamespaceOf(workload), name, new KubeLogQuery(tail, follow, Timestamps: true), ct);
        if (!opened.IsOk)
        {
            yield return new LogLine(null, name, opened.Error.Message);
            yield break;
        }
        using KubeLog log = opened.Value;
        await foreach (string line in log.LinesAsync(ct))
            yield return Split(name, line);
    }

    /// <summary>A token of the namespace's own account through the TokenRequest API, wrapped into a kubeconfig.</summary>
    public async Task<Outcome<string>> NamespaceKubeconfigAsync(Workload workload, CancellationToken ct)
    {
        if (await ClientAsync(workload.ClusterId, ct) is not { } client)
            return Problem.Conflict("cluster-unknown", "The cluster is not connected any more.");
        string ns = NamespaceOf(workload);
        var token = await client.SendJsonAsync(
            HttpMethod.Post,
            $"/api/v1/namespaces/{ns}/serviceaccounts/{TenantAccount}/token",
            new JsonObject
            {
                ["apiVersion"] = "authentication.k8s.io/v1",
                ["kind"] = "TokenRequest",
                ["spec"] = new JsonObject { ["expirationSeconds"] = (int)KubeconfigLife.TotalSeconds },
            },
            ct: ct
        );
        if (!token.IsOk)
            return new Problem(ProblemKind.Unavailable, "token-refused", "The cluster gave no credential", token.Error.Message);
        string? text = (string?)token.Value["status"]?["token"];
        return text is null
            ? new Problem(
                ProblemKind.Unavailable,
                "token-refused",
                "The cluster gave no credential",
                "The cluster answered without a token. Try again."
            )
            : TenantKubeconfig.Write(client.Config, ns, text);
    }

    public static string NamespaceOf(Workload workload) =>
        workload.Product == ProductKind.Namespace
            ? WorkloadNames.DedicatedNamespaceOf(workload.ContractId)
            : WorkloadNames.NamespaceOf(workload.CustomerId);

    // With timestamps, a line starts with an RFC 3339 time and a space.
    private static LogLine Split(string pod, string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && DateTimeOffset.TryParse(line[..space], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? new LogLine(at, pod, line[(space + 1)..])
            : new LogLine(null, pod, line);
    }

    public void Dispose()
    {
        foreach (var (_, client) in clients.Values)
            client.Dispose();
    }
}
