using System.Text.Json.Nodes;
using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Workloads;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;

namespace Marketplace.Provisioning.Tests;

/// <summary>Dedicated namespaces from the sale to the bill: what was bought is the contract's, whatever its customer runs there.</summary>
public sealed class NamespaceTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task What_a_customer_runs_is_its_contracts_use_and_no_second_bill()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await BuyAsync(house);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        // Held before anything runs: the market gives it back to its own claim, and the center sees whose it is.
        await HeldAsync(house, contract);
        using var customer = await CustomerAsync(house, contract);

        await RunAsync(customer, contract, "own", []);

        await Eventually.HoldsAsync(
            async () => (await house.WorkloadAsync(contract)).Pods is [{ Name: "own", Node: "gpu-02", ReadyAt: not null }],
            "the customer's pod on the node that was sold"
        );
        await HeldAsync(house, contract);
        await house.StopAsync(contract);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        var bill = (await house.MessagesAsync(contract)).OfType<UsageMeasured>().SelectMany(m => m.Allocations).ToList();
        Assert.Equal([$"namespace:{contract}"], bill.Select(b => b.PodUid).Distinct(StringComparer.Ordinal));
        Assert.All(bill, b => Assert.Equal(2, b.Cards));
        var workload = await house.WorkloadAsync(contract);
        Assert.Equal(0, workload.FinishedReplicas);
    }

    [Fact]
    public async Task A_forged_contract_is_billed_to_nobody()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string victim = await house.DeployAsync(ProductKind.Endpoint);
        string contract = await BuyAsync(house);
        await house.PhaseAsync(victim, WorkloadPhase.Ready);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        using var customer = await CustomerAsync(house, contract);

        await RunAsync(
            customer,
            contract,
            "forged",
            new JsonObject { [Marks.ManagedBy] = Marks.ManagedByValue, [Marks.Contract] = WorkloadNames.LabelOf(victim) }
        );
        await Eventually.HoldsAsync(async () => (await house.WorkloadAsync(contract)).Pods is [{ ReadyAt: not null }], "the forged pod");
        await house.StopAsync(victim);
        await house.PhaseAsync(victim, WorkloadPhase.Terminated);

        var bill = (await house.MessagesAsync(victim)).OfType<UsageMeasured>().SelectMany(m => m.Allocations);
        Assert.Single(bill.Select(b => b.PodUid).Distinct(StringComparer.Ordinal));
        Assert.DoesNotContain((await house.WorkloadAsync(victim)).Pods, p => p.Name == "forged");
    }

    // One card on the second node, twice.
    private static Task<string> BuyAsync(ProvisioningHouse house) =>
        house.DeployAsync(
            ProductKind.Namespace,
            replicas: 2,
            placements:
            [
                new ReplicaAssignment(0, $"{house.ClusterId}/gpu-02", ["gpu-4"]),
                new ReplicaAssignment(1, $"{house.ClusterId}/gpu-02", ["gpu-6"]),
            ]
        );

    private static Task HeldAsync(ProvisioningHouse house, string contract) =>
        Eventually.HoldsAsync(
            async () =>
            {
                var inventory = await house.InventoryAsync();
                var node = inventory.Nodes.Single(n => n.Id.EndsWith("/gpu-02", StringComparison.Ordinal));
                var shown = inventory.Fleet.Single(n => n.Name == "gpu-02").Devices;
                return node.Devices.All(d => d.FreeComputeMilli == Device.FullComputeMilli)
                    && node.FreeCpuMilli == node.CpuMilli
                    && node.FreeMemoryMib == node.MemoryMib
                    && shown.Where(d => d.ContractId == contract).Select(d => d.Id).SequenceEqual(["gpu-4", "gpu-6"])
                    && shown.Where(d => d.ContractId == contract).All(d => d.UsedComputeMilli == Device.FullComputeMilli)
                    && !shown.Any(d => d.ForeignUse);
            },
            "the devices that were sold to be the contract's, and no use to be foreign"
        );

    private static async Task<KubernetesClient> CustomerAsync(ProvisioningHouse house, string contract)
    {
        var text = await house.As<IWorkloads, Outcome<string>>(Actor.System, w => w.NamespaceKubeconfigAsync(contract, default));
        Assert.Contains($"schedulerName: {Marks.SchedulerName}", text.Value, StringComparison.Ordinal);
        return new KubernetesClient(KubeConfig.Parse(text.Value, null, KubeConfigRules.Default with { AllowPlainHttp = true }).Required);
    }

    private static async Task RunAsync(KubernetesClient customer, string contract, string name, JsonObject labels)
    {
        static JsonObject Amounts() =>
            new()
            {
                ["cpu"] = "100m",
                ["memory"] = "128Mi",
                ["nvidia.com/gpu"] = "1",
            };
        var pod = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = WorkloadNames.DedicatedNamespaceOf(contract),
                ["labels"] = labels,
            },
            ["spec"] = new JsonObject
            {
                ["schedulerName"] = Marks.SchedulerName,
                ["securityContext"] = new JsonObject
                {
                    ["runAsNonRoot"] = true,
                    ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                },
                ["containers"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "main",
                        ["image"] = "own/notebook:1",
                        ["resources"] = new JsonObject { ["requests"] = Amounts(), ["limits"] = Amounts() },
                        ["securityContext"] = new JsonObject
                        {
                            ["allowPrivilegeEscalation"] = false,
                            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
                        },
                    }
                ),
            },
        };
        var created = await customer.CreateAsync(pod);
        Assert.True(created.IsOk, created.Error?.Message);
    }
}
