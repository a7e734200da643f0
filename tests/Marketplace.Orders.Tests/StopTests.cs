using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Orders.Features.Lifecycle.Stops;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.Faults;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>Stops for money: asked for once, proved by the cluster's word alone, alarmed when the proof stays away or is undone.</summary>
public sealed class StopTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset At = ManualTimeProvider.DefaultStart;

    [Theory]
    // Nothing but the cluster's own report of this generation, with no pod and no open meter, is a proof.
    [InlineData(StopKind.End, WorkloadPhase.Terminated, 3, 0, 0, true, true)]
    [InlineData(StopKind.End, WorkloadPhase.Terminated, 4, 0, 0, true, true)]
    [InlineData(StopKind.End, WorkloadPhase.Terminated, 2, 0, 0, true, false)]
    [InlineData(StopKind.End, WorkloadPhase.Terminated, 3, 1, 0, true, false)]
    [InlineData(StopKind.End, WorkloadPhase.Terminated, 3, 0, 1, true, false)]
    [InlineData(StopKind.End, WorkloadPhase.Terminated, 3, 0, 0, false, false)]
    [InlineData(StopKind.End, WorkloadPhase.Stopped, 3, 0, 0, true, false)]
    [InlineData(StopKind.End, WorkloadPhase.Terminating, 3, 0, 0, true, false)]
    [InlineData(StopKind.End, WorkloadPhase.Unreachable, 3, 0, 0, true, false)]
    [InlineData(StopKind.Suspend, WorkloadPhase.Stopped, 3, 0, 0, true, true)]
    [InlineData(StopKind.Suspend, WorkloadPhase.Terminated, 3, 0, 0, true, true)]
    [InlineData(StopKind.Suspend, WorkloadPhase.Ready, 3, 0, 0, true, false)]
    public void Only_the_clusters_word_proves_a_stop(
        StopKind kind,
        WorkloadPhase phase,
        long observed,
        int pods,
        int meters,
        bool reported,
        bool proved
    ) => Assert.Equal(proved, StopRule.IsProved(kind, 3, new(phase, 9, observed, pods, meters, false, reported ? At : null)));

    [Fact]
    public void Work_that_ended_by_itself_needs_no_report_of_the_stop()
    {
        var done = new WorkloadEvidence(WorkloadPhase.Terminated, 3, 2, 0, 0, Completed: true, At);
        Assert.True(StopRule.IsProved(StopKind.End, 3, done));
        Assert.False(StopRule.IsProved(StopKind.End, 3, done with { LivingPods = 1 }));
    }

    [Theory]
    [InlineData(StopState.Requested, 119, null)]
    [InlineData(StopState.Requested, 120, StopState.Overdue)]
    [InlineData(StopState.Overdue, 9999, null)]
    [InlineData(StopState.RunningAgain, 120, StopState.Overdue)]
    [InlineData(StopState.Verified, 9999, null)]
    [InlineData(StopState.Withdrawn, 9999, null)]
    [InlineData(StopState.Requested, -9999, null)]
    public void Silence_is_overdue_after_a_while_and_never_a_proof(StopState state, double seconds, StopState? next) =>
        Assert.Equal(next, StopRule.Next(state, StopKind.End, 3, null, At, At.AddSeconds(seconds), TimeSpan.FromMinutes(2)));

    [Fact]
    public async Task A_spending_limit_ends_the_contract_once_and_the_clusters_report_proves_it()
    {
        await using var house = await OpenAsync(db);
        var contract = await StartAsync(house, replicas: 1);
        DateTimeOffset ready = house.Now;
        house.Time.Advance(TimeSpan.FromHours(1));
        var stopped = new SpendingStopped(contract.Id, "1,000.00 CNY a month", "lim_1");
        await house.RelayAsync(stopped);
        await house.RelayAsync(stopped);
        await house.RelayAsync(new HoldExhausted(contract.Id, $"contract:{contract.Id}"));
        var stop = await StopAsync(house, contract.Id);
        Assert.Equal((StopKind.End, StopState.Requested, 1008, "lim_1"), (stop.Kind, stop.State, stop.Reason.Number, stop.LimitId));
        Assert.Equal(house.Now.AddMinutes(1), stop.ChargeUntil);
        Assert.Equal(1, await house.CountAsync("orders.stop", "contract_id", contract.Id));
        // Our own wish proves nothing.
        await WatchAsync(house);
        Assert.Equal(
            (StopState.Requested, (int?)null),
            (await StopAsync(house, contract.Id) is var s ? (s.State, s.LastSeenPods) : default)
        );
        await SayAsync(house, contract.Id, WorkloadPhase.Terminating, pods: 1);
        await WatchAsync(house);
        Assert.Equal((StopState.Requested, (int?)1), (await StopAsync(house, contract.Id) is var t ? (t.State, t.LastSeenPods) : default));

        await house.RelayAsync(house.Usage(contract, ready, 1m, final: true));
        await SayAsync(house, contract.Id, WorkloadPhase.Terminated, pods: 0);
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        stop = await StopAsync(house, contract.Id);
        Assert.Equal((StopState.Verified, (int?)0, (DateTimeOffset?)house.Now), (stop.State, stop.LastSeenPods, stop.VerifiedAt));
        var ended = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 1008), (ended.State, ended.Reason!.Number));
        Assert.Contains("1,000.00 CNY", ended.Reason.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_cluster_leaves_it_unverified_and_the_desk_is_told_once()
    {
        await using var house = await OpenAsync(db);
        var contract = await StartAsync(house, replicas: 1);
        await house.RelayAsync(new SpendingStopped(contract.Id, "", "lim_1"));
        house.Time.Advance(TimeSpan.FromMinutes(2));
        await WatchAsync(house);
        await WatchAsync(house);
        Assert.Equal(StopState.Overdue, (await StopAsync(house, contract.Id)).State);
        Assert.Equal(StopState.Overdue, Assert.Single(await house.DeliverAsync<StopAlarmed>(), m => m.ContractId == contract.Id).State);
        var alarming = Ok(
            await house.As<IStops, Outcome<Page<StopView>>>(Desk, s => s.ListAsync(new StopQuery { Alarming = true }, default))
        );
        Assert.Contains(alarming.Items, s => s.ContractId == contract.Id);
        // It speaks again at last: proved, however late.
        house.Time.Advance(TimeSpan.FromHours(1));
        await SayAsync(house, contract.Id, WorkloadPhase.Terminated, pods: 0);
        await WatchAsync(house);
        Assert.Equal(StopState.Verified, (await StopAsync(house, contract.Id)).State);
    }

    [Fact]
    public async Task Pods_after_the_proof_are_a_finding_and_the_proof_is_waited_for_again()
    {
        await using var house = await OpenAsync(db);
        var contract = await StartAsync(house, replicas: 1);
        await house.RelayAsync(new SpendingStopped(contract.Id, "", "lim_1"));
        await SayAsync(house, contract.Id, WorkloadPhase.Terminated, pods: 0);
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        await SayAsync(house, contract.Id, WorkloadPhase.Terminated, pods: 2);
        await house.RelayAsync(new WorkloadReappeared(contract.Id, ["a", "b"], house.Now));
        var stop = await StopAsync(house, contract.Id);
        Assert.Equal((StopState.RunningAgain, 1), (stop.State, stop.FoundAgain));
        Assert.Equal(
            (StopState.RunningAgain, (int?)2),
            Assert.Single(await house.DeliverAsync<StopAlarmed>(), m => m.ContractId == contract.Id) is var m ? (m.State, m.Pods) : default
        );
        await WatchAsync(house);
        Assert.Equal(StopState.RunningAgain, (await StopAsync(house, contract.Id)).State);
        await SayAsync(house, contract.Id, WorkloadPhase.Terminated, pods: 0);
        await WatchAsync(house);
        Assert.Equal(StopState.Verified, (await StopAsync(house, contract.Id)).State);
        Assert.Equal(ContractState.Settled, (await house.ContractAsync(contract.Id)).State);
    }

    [Fact]
    public async Task Strangers_see_no_stop_and_a_center_not_whose_it_is()
    {
        await using var house = await OpenAsync(db);
        var contract = await StartAsync(house, replicas: 1);
        await house.RelayAsync(new SpendingStopped(contract.Id, "", "lim_1"));
        var stranger = await house.PartyAsync(PartyKinds.Customer | PartyKinds.Center, "Other");
        Assert.Null(await house.As<IStops, StopView?>(stranger, s => s.OfContractAsync(contract.Id, default)));
        var seen = (await house.As<IStops, StopView?>(house.Center, s => s.OfContractAsync(contract.Id, default)))!;
        Assert.Equal(("", (string?)null), (seen.CustomerId, seen.LimitId));
        foreach (Actor who in new[] { house.Customer, house.Center, house.Operator, stranger })
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(await house.As<IStops, Outcome<Page<StopView>>>(who, s => s.ListAsync(new StopQuery(), default))).Kind
            );
    }

    /// <summary>The cluster says how things stand, of the desired state it has now.</summary>
    internal static Task SayAsync(OrdersHouse house, string contractId, WorkloadPhase phase, int pods) =>
        house.ExecuteAsync(
            $"""
            update provisioning.workload
            set phase = '{phase}', observed_generation = generation, living_pods = {pods}, reported_at = '{house.Now:O}'
            where contract_id = '{contractId}'
            """
        );

    internal static Task<int> WatchAsync(OrdersHouse house) => house.As<StopWatch, int>(Actor.System, w => w.TickAsync(default));

    internal static async Task<StopView> StopAsync(OrdersHouse house, string contractId) =>
        (await house.As<IStops, StopView?>(house.Customer, s => s.OfContractAsync(contractId, default)))!;
}
