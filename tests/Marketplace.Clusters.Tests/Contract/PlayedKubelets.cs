using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>
/// Plays the kubelets of a real API server: bound pods run at once, deleted pods go, programs end when the test says so, and logs come from a small
/// kubelet endpoint. Only of the nodes it made.
/// </summary>
internal sealed class PlayedKubelets : IAsyncDisposable
{
    private readonly KubernetesClient client;
    private readonly WebApplication kubelet;
    private readonly Informer<KubePod> pods;
    private readonly ConcurrentDictionary<string, bool> nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Channel<string>> logs = new(StringComparer.Ordinal);
    private readonly Channel<KubePod> work = Channel.CreateUnbounded<KubePod>();
    private readonly Task[] workers;
    private readonly int port;

    private PlayedKubelets(KubernetesClient client, WebApplication kubelet, int port)
    {
        this.client = client;
        this.kubelet = kubelet;
        this.port = port;
        pods = new Informer<KubePod>(client, KubeKinds.Pods, onChange: OnPod).Start();
        workers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(WorkAsync))];
    }

    public static async Task<PlayedKubelets> StartAsync(KubeConfig admin)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=played-node", key, HashAlgorithmName.SHA256);
        var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        var app = builder.Build();
        PlayedKubelets? player = null;
        app.MapGet(
            "/containerLogs/{ns}/{pod}/{container}",
            (string ns, string pod, HttpContext context) => player!.WriteLogAsync(ns, pod, context)
        );
        await app.StartAsync();
        player = new PlayedKubelets(new KubernetesClient(admin), app, new Uri(app.Urls.First()).Port);
        await player.pods.Synced;
        return player;
    }

    public async Task AddAsync(JsonObject node)
    {
        var name = (string)node["metadata"]!["name"]!;
        nodes[name] = true;
        var full = node.DeepClone().AsObject();
        full["status"]!["addresses"] = new JsonArray(new JsonObject { ["type"] = "InternalIP", ["address"] = "127.0.0.1" });
        full["status"]!["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = port } };
        Assert.Null((await client.CreateAsync(full)).Error);
    }

    public async Task RemoveAsync(string name)
    {
        nodes.TryRemove(name, out _);
        Assert.Null((await client.DeleteAsync(KubeKinds.Nodes, null, name)).Error);
    }

    public async Task FinishAsync(string ns, string pod, int exitCode)
    {
        var now = Now();
        var ended = new JsonObject
        {
            ["exitCode"] = exitCode,
            ["reason"] = exitCode == 0 ? "Completed" : "Error",
            ["startedAt"] = now,
            ["finishedAt"] = now,
        };
        var live = (await client.GetAsync(KubeKinds.Pods, ns, pod)).Required;
        if (live.Status.ContainerStatuses is [{ State.Running.StartedAt: { } started }, ..])
        {
            ended["startedAt"] = started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }

        var status = Status(exitCode == 0 ? "Succeeded" : "Failed", "False", new JsonObject { ["terminated"] = ended }, ready: false);
        Assert.Null((await client.PatchStatusAsync(KubeKinds.Pods, ns, pod, status)).Error);
        LogOf(ns, pod).Writer.TryComplete();
    }

    public void Log(string ns, string pod, string line) => LogOf(ns, pod).Writer.TryWrite(line);

    public async ValueTask DisposeAsync()
    {
        await pods.DisposeAsync();
        work.Writer.Complete();
        await Task.WhenAll(workers);
        foreach (var log in logs.Values)
        {
            log.Writer.TryComplete();
        }

        await kubelet.StopAsync();
        await kubelet.DisposeAsync();
        client.Dispose();
    }

    private void OnPod(KubeChange<KubePod> change)
    {
        if (change.After is { Spec.NodeName: { Length: > 0 } node } pod && nodes.ContainsKey(node))
        {
            work.Writer.TryWrite(pod);
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var pod in work.Reader.ReadAllAsync())
        {
            var (ns, name) = (pod.Metadata.Namespace!, pod.Metadata.Name);
            if (pod.Metadata.DeletionTimestamp is not null)
            {
                await client.DeleteAsync(KubeKinds.Pods, ns, name, new KubeDelete(0, Uid: pod.Metadata.Uid));
            }
            else if (pod.Status.Phase == "Pending")
            {
                var running = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Now() } };
                await client.PatchStatusAsync(KubeKinds.Pods, ns, name, Status("Running", "True", running, ready: true));
            }
        }
    }

    private async Task WriteLogAsync(string ns, string pod, HttpContext context)
    {
        var reader = LogOf(ns, pod).Reader;
        var follow = context.Request.Query.ContainsKey("follow");
        while (reader.TryRead(out var line) || (follow && await reader.WaitToReadAsync(context.RequestAborted)))
        {
            if (line is not null)
            {
                await context.Response.WriteAsync(line + "\n");
                await context.Response.Body.FlushAsync();
            }
        }
    }

    private Channel<string> LogOf(string ns, string pod) => logs.GetOrAdd($"{ns}/{pod}", _ => Channel.CreateUnbounded<string>());

    private static JsonObject Status(string phase, string condition, JsonObject state, bool ready)
    {
        var now = Now();
        return new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["phase"] = phase,
                ["startTime"] = now,
                ["podIP"] = "10.9.9.9",
                ["conditions"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Ready",
                        ["status"] = condition,
                        ["lastTransitionTime"] = now,
                    },
                    new JsonObject
                    {
                        ["type"] = "PodScheduled",
                        ["status"] = "True",
                        ["lastTransitionTime"] = now,
                    }
                ),
                ["containerStatuses"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "main",
                        ["image"] = "played",
                        ["imageID"] = "played",
                        ["ready"] = ready,
                        ["restartCount"] = 0,
                        ["state"] = state,
                    }
                ),
            },
        };
    }

    private static string Now() =>
        TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
