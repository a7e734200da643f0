using System.Text.Json.Nodes;
using Marketplace.Billing.Contracts;
using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Workloads;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.StopTests;

namespace Marketplace.Orders.Tests;

/// <summary>Stops for money on a simulated cluster: from the request to the pods and back to the proof.</summary>
public sealed class StoppedMachineTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Provisioning:InventoryPause"] = "00:00:00.1",
        ["Provisioning:LeaseTtl"] = "00:00:05",
    };

    [Fact]
    public async Task A_stop_is_proved_when_its_pods_are_gone_however_long_the_cluster_is_silent_and_undone_by_none()
    {
        await using var house = await OpenAsync();
        var contract = await RunningAsync(house);
        house.Machines.Partition();
        await house.RelayAsync(new SpendingStopped(contract.Id, "", "lim_1"));
        // The patience is over, and the cluster has said nothing.
        await house.ExecuteAsync(
            $"update orders.stop set waits_since = waits_since - interval '3 minutes' where contract_id = '{contract.Id}'"
        );
        await WatchAsync(house);
        Assert.Equal(StopState.Overdue, (await StopAsync(house, contract.Id)).State);
        Assert.Equal(ContractState.Active, (await house.ContractAsync(contract.Id)).State);
        house.Machines.Heal();
        await HoldsAsync(house, async () => (await StopAsync(house, contract.Id)).State == StopState.Verified, "the stop to be proved");
        await HoldsAsync(house, async () => (await house.ContractAsync(contract.Id)).State == ContractState.Settled, "it to be settled");
        Assert.Equal(1008, (await house.ContractAsync(contract.Id)).Reason!.Number);
        Assert.Equal(0, (await StopAsync(house, contract.Id)).LastSeenPods);

        // The center brings a pod back, with our marks on it.
        using var admin = new KubernetesClient(KubeConfig.Parse(house.Machines.KubeConfig).Required);
        var created = await admin.CreateAsync(Stray(house, contract.Id));
        Assert.True(created.IsOk, created.Error?.Message);
        await HoldsAsync(house, async () => (await StopAsync(house, contract.Id)).FoundAgain == 1, "the pod to be found");
        await HoldsAsync(
            house,
            async () => (await StopAsync(house, contract.Id)).State == StopState.Verified,
            "it to be removed, and proved"
        );
        var left = await admin.ListAsync(KubeKinds.Pods, WorkloadNames.NamespaceOf(house.Customer.PartyId));
        Assert.Empty(left.Required.Items);
    }

    [Fact]
    public async Task A_debt_lets_it_rest_on_the_cluster_and_a_payment_lets_it_run_again()
    {
        await using var house = await OpenAsync();
        var contract = await RunningAsync(house);
        await StandAsync(house, ArrearsState.Suspended);
        await HoldsAsync(house, async () => (await house.ContractAsync(contract.Id)).State == ContractState.Suspended, "it to rest");
        Assert.Equal((StopState.Verified, (int?)0), (await StopAsync(house, contract.Id)) is var s ? (s.State, s.LastSeenPods) : default);
        using var admin = new KubernetesClient(KubeConfig.Parse(house.Machines.KubeConfig).Required);
        string space = WorkloadNames.NamespaceOf(house.Customer.PartyId);
        Assert.Empty((await admin.ListAsync(KubeKinds.Pods, space)).Required.Items);
        Assert.Single((await admin.ListAsync(KubeKinds.Deployments, space)).Required.Items);
        await house.DeliverAsync<UsageMeasured>();
        Money spent = (await house.ContractAsync(contract.Id)).Spent;

        await StandAsync(house, ArrearsState.Current);
        await HoldsAsync(house, async () => (await house.ContractAsync(contract.Id)).State == ContractState.Active, "it to run again");
        var again = await house.ContractAsync(contract.Id);
        Assert.True(again.EndsAt > contract.EndsAt, $"{again.EndsAt:O} is not after {contract.EndsAt:O}");
        // What it had before is charged, and the rest is not.
        Assert.Equal(spent, again.Spent);
        Assert.Equal(2, (await house.WorkloadAsync(contract.Id)).ReadyReplicas);
    }

    private async Task<OrdersHouse> OpenAsync() =>
        await OrdersHouse.OpenAsync(db, cards: 16, settings: Settings, machines: await MachineFaultTests.HallAsync());

    private static async Task<ContractView> RunningAsync(OrdersHouse house)
    {
        var contract = await house.BuyAsync(house.Request(replicas: 2, product: ProductKind.Endpoint));
        await HoldsAsync(house, async () => (await house.ContractAsync(contract.Id)).State == ContractState.Active, "the contract to run");
        return await house.ContractAsync(contract.Id);
    }

    /// <summary>Where the customer stands, as the billing's job would have left it.</summary>
    private static async Task StandAsync(OrdersHouse house, ArrearsState state)
    {
        await house.ExecuteAsync(
            $"""
            insert into billing.arrears (id, party_id, party_name, currency, state, entered_at, overdue, unsecured, invoices, looked_at)
            values ('arr_{house.Customer.PartyId}', '{house.Customer.PartyId}', 'Robots', 'CNY', '{state}', now(), 1, 0, 1, now())
            on conflict (id) do update set state = excluded.state
            """
        );
        await house.RelayAsync(new ArrearsChanged(house.Customer.PartyId, "CNY", ArrearsState.Grace, state, 1, null, null));
    }

    private static JsonObject Stray(OrdersHouse house, string contractId) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = "back",
                ["namespace"] = WorkloadNames.NamespaceOf(house.Customer.PartyId),
                ["labels"] = new JsonObject
                {
                    [Marks.ManagedBy] = Marks.ManagedByValue,
                    [Marks.Contract] = WorkloadNames.LabelOf(contractId),
                },
            },
            ["spec"] = new JsonObject
            {
                ["securityContext"] = new JsonObject
                {
                    ["runAsNonRoot"] = true,
                    ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                },
                ["containers"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "main",
                        ["image"] = "own/back:1",
                        ["securityContext"] = new JsonObject
                        {
                            ["allowPrivilegeEscalation"] = false,
                            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
                        },
                    }
                ),
            },
        };

    private static Task HoldsAsync(OrdersHouse house, Func<Task<bool>> condition, string what) =>
        Eventually.HoldsAsync(
            async () =>
            {
                await house.DeliverAsync<UsageMeasured>();
                await house.DeliverAsync<WorkloadChanged>();
                await house.DeliverAsync<WorkloadReappeared>();
                await WatchAsync(house);
                return await condition();
            },
            what,
            TimeSpan.FromMinutes(1)
        );
}
