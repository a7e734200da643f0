using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Marketplace.Clusters.Access;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Reconciling;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Features.Sessions;
using Marketplace.Simulator;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Nodes;
using Marketplace.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using YamlDotNet.Serialization;

namespace Marketplace.Provisioning.Tests;

/// <summary>The module over a test database with a simulated cluster in the same process, on the machine's clock.</summary>
internal sealed class ProvisioningHouse : IAsyncDisposable
{
    public const string UnknownNode = "mystery-01";
    private static readonly EphemeralDataProtectionProvider Protection = new();
    private static readonly JsonSerializerOptions OutboxJson = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };
    private static int houses;
    private readonly PostgresFixture db;
    private readonly List<TestServices> workers = [];
    private readonly TestServices services;
    private int contracts;

    private ProvisioningHouse(PostgresFixture db, SimulatedCluster cluster)
    {
        this.db = db;
        Cluster = cluster;
        string id = $"org_center{Interlocked.Increment(ref houses)}";
        Center = new Actor(id, PartyKinds.Center, MemberRole.Owner);
        services = Build();
    }

    public SimulatedCluster Cluster { get; }
    public ShiftedTime Time { get; } = new();
    public Actor Center { get; }
    public string SiteId => $"site-of-{Center.PartyId}";
    public string ClusterId { get; private set; } = "";

    public static async Task<ProvisioningHouse> OpenAsync(PostgresFixture db, int nodes = 2)
    {
        var machines = Enumerable
            .Range(1, nodes)
            .Select(i => new SimulatedNode
            {
                Name = $"gpu-{i:00}",
                CpuMilli = 64_000,
                MemoryMib = 262_144,
                Rack = "r1",
                Devices = new Dictionary<string, long>(StringComparer.Ordinal) { ["nvidia.com/gpu"] = 8 },
                Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["nvidia.com/gpu.product"] = "NVIDIA-H100-80GB-HBM3" },
            })
            .Append(
                new SimulatedNode
                {
                    Name = UnknownNode,
                    CpuMilli = 64_000,
                    MemoryMib = 262_144,
                    Devices = new Dictionary<string, long>(StringComparer.Ordinal) { ["mystery.example/gpu"] = 4 },
                }
            );
        var options = new SimulatedClusterOptions
        {
            Name = "hall",
            Machines = new Fleet([.. machines]),
            Player = new NodePlayerOptions
            {
                PullDelay = TimeSpan.FromMilliseconds(10),
                StartDelay = TimeSpan.FromMilliseconds(10),
                StopDelay = TimeSpan.FromMilliseconds(10),
            },
        };
        return new ProvisioningHouse(db, await SimulatedCluster.StartAsync(options));
    }

    /// <summary>A house whose cluster is connected, owned by a running worker, with its inventory stored.</summary>
    public static async Task<ProvisioningHouse> RunningAsync(PostgresFixture db)
    {
        var house = await OpenAsync(db);
        await house.ConnectAsync();
        await house.StartWorkerAsync();
        await Eventually.HoldsAsync(
            async () => await house.ViewAsync() is { State: ClusterState.Connected, InventoryVersion: > 0 },
            "the cluster to be connected and read"
        );
        return house;
    }

    public Task<T> As<TService, T>(Actor actor, Func<TService, Task<T>> use)
        where TService : notnull => services.ActAsync(actor, use);

    public Task<Outcome<ClusterView>> TryConnectAsync(string kubeconfig, string name = "hall", string? context = null) =>
        As<IClusters, Outcome<ClusterView>>(Center, c => c.ConnectAsync(new ConnectCluster(SiteId, name, kubeconfig, context), default));

    public async Task<ClusterView> ConnectAsync()
    {
        var outcome = await TryConnectAsync(Cluster.KubeConfig);
        Assert.True(outcome.IsOk, outcome.Problem?.Detail);
        Adopt(outcome.Value);
        return outcome.Value;
    }

    /// <summary>This cluster is the one the house is about.</summary>
    public void Adopt(ClusterView cluster) => ClusterId = cluster.Id;

    /// <summary>The kubeconfig of a service account with the rights we ask centers for, and no other.</summary>
    /// <param name="without">A resource to leave out; empty for none.</param>
    public async Task<string> AccountAsync(string name, string without)
    {
        string token = Cluster.KubeConfig.Split("token: ")[1].Split('\n')[0];
        using var admin = new KubernetesClient(KubeConfig.Parse(Cluster.KubeConfig).Required);
        string rules = AccessManifest.Yaml.Replace($"[{without}]", "[leases]", StringComparison.Ordinal);
        foreach (string document in rules.Split("---\n").Skip(1).Append(AccountOf(name)).Append(BindingOf(name)))
            await ApplyAsync(admin, document.Replace($"name: {AccessManifest.ProductRole}\n", $"name: {name}\n", StringComparison.Ordinal));
        var issued = await admin.SendJsonAsync(
            HttpMethod.Post,
            $"api/v1/namespaces/default/serviceaccounts/{name}/token",
            new JsonObject { ["spec"] = new JsonObject { ["expirationSeconds"] = 7200 } }
        );
        return Cluster.KubeConfig.Replace(token, (string)issued.Required["status"]!["token"]!, StringComparison.Ordinal);
    }

    private static string AccountOf(string name) =>
        $"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: default}}\n";

    private static string BindingOf(string name) =>
        $$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: {{name}} }
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{name}} }
            subjects: [{kind: ServiceAccount, name: {{name}}, namespace: default}]
            """;

    // The text a center applies, applied as kubectl would.
    private static async Task ApplyAsync(KubernetesClient admin, string yaml)
    {
        var tree = (JsonObject)
            JsonNode.Parse(
                new SerializerBuilder().JsonCompatible().Build().Serialize(new DeserializerBuilder().Build().Deserialize(yaml)!)
            )!;
        var applied = await admin.ApplyAsync(tree);
        Assert.True(applied.IsOk, applied.Error?.Message);
    }

    public async Task<ClusterView> ViewAsync() => (await As<IClusters, ClusterView?>(Center, c => c.FindAsync(ClusterId, default)))!;

    public async Task<ClusterInventoryView> InventoryAsync() =>
        (await As<IClusters, ClusterInventoryView?>(Center, c => c.InventoryAsync(ClusterId, default)))!;

    /// <summary>A worker process: its own container, hosts started.</summary>
    public async Task<TestServices> StartWorkerAsync()
    {
        TestServices worker = Build();
        workers.Add(worker);
        foreach (IHostedService hosted in worker.Services.GetServices<IHostedService>())
            await hosted.StartAsync(default);
        return worker;
    }

    public async Task StopWorkerAsync(TestServices worker)
    {
        if (!workers.Remove(worker))
            return;
        foreach (IHostedService hosted in worker.Services.GetServices<IHostedService>().Reverse())
            await hosted.StopAsync(default);
        await worker.DisposeAsync();
    }

    /// <summary>Desired state for a new contract; returns its id.</summary>
    public async Task<string> DeployAsync(
        ProductKind product,
        int replicas = 1,
        int runSeconds = 3600,
        int cards = 1,
        string deviceModel = "H100-80G",
        decimal? billedCards = null,
        params ReplicaAssignment[] placements
    )
    {
        string id = $"con_{Center.PartyId}-{Interlocked.Increment(ref contracts)}";
        await DeployAsync(
            new DeployWorkload
            {
                ContractId = id,
                CustomerId = $"org_customer-{Center.PartyId}",
                CenterId = Center.PartyId,
                OperatorId = "org_operator",
                ClusterId = ClusterId,
                Name = "train-7",
                Product = product,
                Roles =
                [
                    new WorkloadRole
                    {
                        Name = "main",
                        Replicas = replicas,
                        Image = product == ProductKind.Namespace ? "" : "team/train:1",
                        DeviceModel = deviceModel,
                        CardsPerReplica = cards,
                        BilledCards = billedCards ?? cards,
                        Placements = placements,
                        Port = product == ProductKind.Endpoint ? 8000 : null,
                    },
                ],
                NotAfter = Time.GetUtcNow().AddHours(2),
                SimulatedRun = TimeSpan.FromSeconds(runSeconds),
            }
        );
        return id;
    }

    public Task DeployAsync(DeployWorkload request) =>
        As<SaveAfter, bool>(
            Actor.System,
            async s =>
            {
                await s.Workloads.DeployAsync(request, default);
                await s.Db.SaveChangesAsync();
                return true;
            }
        );

    public Task MoveAsync(string contractId, params ReplicaAssignment[] placements) =>
        As<SaveAfter, bool>(
            Actor.System,
            async s =>
            {
                await s.Workloads.MoveAsync(contractId, placements, default);
                await s.Db.SaveChangesAsync();
                return true;
            }
        );

    public Task StopAsync(string contractId) =>
        As<SaveAfter, bool>(
            Actor.System,
            async s =>
            {
                await s.Workloads.StopAsync(contractId, "enough", default);
                await s.Db.SaveChangesAsync();
                return true;
            }
        );

    public async Task<WorkloadView> WorkloadAsync(string contractId) =>
        (await As<IWorkloads, WorkloadView?>(Actor.System, w => w.FindAsync(contractId, default)))!;

    public async Task PhaseAsync(string contractId, WorkloadPhase phase)
    {
        try
        {
            await Eventually.HoldsAsync(async () => (await WorkloadAsync(contractId)).Phase == phase, $"{contractId} to be {phase}");
        }
        catch (TimeoutException e)
        {
            // A time-out alone says nothing about its reason.
            var seen = await WorkloadAsync(contractId);
            string told = string.Join('\n', Log.Lines);
            throw new TimeoutException($"{e.Message}; it is {seen.Phase} ({seen.FailureText}). The workers said:\n{told}", e);
        }
    }

    /// <summary>What the workers warned of.</summary>
    public CollectedLog Log { get; } = new();

    /// <summary>The outbox's messages of one contract, in the order they will be delivered.</summary>
    public async Task<IReadOnlyList<object>> MessagesAsync(string contractId)
    {
        var messages = new List<object>();
        await using var read = db.DataSource.CreateCommand(
            "select type, payload::text from platform.outbox_message where key = $1 order by id"
        );
        read.Parameters.Add(new NpgsqlParameter { Value = contractId });
        await using var rows = await read.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            Type type =
                rows.GetString(0) == MessageAttribute.NameOf(typeof(UsageMeasured)) ? typeof(UsageMeasured) : typeof(WorkloadChanged);
            messages.Add(JsonSerializer.Deserialize(rows.GetString(1), type, OutboxJson)!);
        }
        return messages;
    }

    /// <summary>Meters the cluster as its worker does, with a reading of the test's own, in the first round that finds the workload at rest.</summary>
    public Task MeasureAsync(AllocationReading reading, DateTimeOffset at) =>
        Eventually.HoldsAsync(
            async () => await As<MeterIntake, int>(Actor.System, m => m.MeasureAsync(ClusterId, [reading], at, default)) == 1,
            $"{reading.PodUid} to be measured"
        );

    public async Task<(decimal CardSeconds, DateTimeOffset? FinishedAt)> AllocationAsync(string podUid)
    {
        await using var command = db.DataSource.CreateCommand(
            "select measured_card_seconds, finished_at from provisioning.allocation where pod_uid = $1"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = podUid });
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync(), $"{podUid} was not measured.");
        return (row.GetDecimal(0), row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1));
    }

    public async Task<object?> SqlAsync(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestServices worker in workers.ToList())
            await StopWorkerAsync(worker);
        // Other tests of the class share the database: their workers leave this cluster alone.
        await SqlAsync($"update provisioning.cluster set state = 'Disconnected' where party_id = '{Center.PartyId}'");
        await services.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    private TestServices Build()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Provisioning:MeterPeriod"] = "00:00:01",
            ["Provisioning:LeaseTtl"] = "00:00:05",
            ["Provisioning:ConnectTimeout"] = "00:00:05",
            ["Provisioning:InventoryPause"] = "00:00:00.1",
        };
        return TestServices.Over(
            db,
            add =>
            {
                add.AddSingleton<TimeProvider>(Time);
                add.AddSingleton<IDataProtectionProvider>(Protection);
                add.AddSingleton<ISiteDirectory>(new Sites());
                add.AddScoped<SaveAfter>();
                add.AddLogging(logging => logging.AddProvider(Log));
                add.AddProvisioning(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
                add.AddProvisioningWorker();
            }
        );
    }

    private sealed class Sites : ISiteDirectory
    {
        public Task<string?> CenterOfAsync(string siteId, CancellationToken ct) =>
            Task.FromResult(siteId.StartsWith("site-of-", StringComparison.Ordinal) ? siteId["site-of-".Length..] : null);
    }

    internal sealed record SaveAfter(Platform.Data.MarketplaceDbContext Db, IWorkloads Workloads);
}
