using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;

namespace Marketplace.Provisioning.Tests;

/// <summary>Connecting a cluster: everything that can be wrong is said at its field, and nothing is stored before all is right.</summary>
public sealed class ConnectTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("garbage")]
    [InlineData("unreachable")]
    [InlineData("credentials")]
    [InlineData("rights")]
    [InlineData("context")]
    public async Task A_kubeconfig_that_does_not_work_is_refused_with_a_fix_and_not_stored(string wrong)
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        string good = house.Cluster.KubeConfig;
        string token = good.Split("token: ")[1].Split('\n')[0];
        string kubeconfig = wrong switch
        {
            "garbage" => "this: is: no: kubeconfig",
            // Port 9 is the discard service: nothing listens there on a test machine.
            "unreachable" => good.Replace(house.Cluster.Server.ToString().TrimEnd('/'), "https://127.0.0.1:9", StringComparison.Ordinal),
            "credentials" => good.Replace(token, new string('0', token.Length), StringComparison.Ordinal),
            "rights" => good.Replace($"    token: {token}\n", "    {}\n", StringComparison.Ordinal),
            _ => good,
        };
        var outcome = await house.TryConnectAsync(kubeconfig, context: wrong == "context" ? "no-such-context" : null);
        Assert.False(outcome.IsOk);
        Assert.Equal(ProblemKind.Invalid, outcome.Problem!.Kind);
        var error = Assert.Single(outcome.Problem.Errors);
        Assert.Equal("/kubeconfig", error.Pointer);
        Assert.NotEmpty(error.Message);
        Assert.NotEmpty(error.Fix);
        Assert.DoesNotContain(token, outcome.Problem.Detail, StringComparison.Ordinal);
        Assert.Equal(0L, await house.SqlAsync($"select count(*) from provisioning.cluster where party_id = '{house.Center.PartyId}'"));
        // The same cluster with the right file is accepted.
        await house.ConnectAsync();
    }

    [Fact]
    public async Task The_kubeconfig_is_encrypted_at_rest_and_never_shown()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        var view = await house.ConnectAsync();
        string token = house.Cluster.KubeConfig.Split("token: ")[1].Split('\n')[0];
        string stored = (string)(await house.SqlAsync($"select to_jsonb(c)::text from provisioning.cluster c where id = '{view.Id}'"))!;
        Assert.DoesNotContain(token, stored, StringComparison.Ordinal);
        Assert.DoesNotContain("apiVersion", stored, StringComparison.Ordinal);
        Assert.Contains(view.Server, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(token, System.Text.Json.JsonSerializer.Serialize(view), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chosen_context_is_the_one_that_is_used()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        // The file's own current context is another one, which does not work.
        string kubeconfig = house
            .Cluster.KubeConfig.Replace("current-context: hall", "current-context: broken", StringComparison.Ordinal)
            .Replace(
                "contexts:\n",
                "contexts:\n- name: broken\n  context:\n    cluster: hall\n    user: nobody\n",
                StringComparison.Ordinal
            )
            .Replace("users:\n", "users:\n- name: nobody\n  user:\n    token: wrong\n", StringComparison.Ordinal);
        Assert.False((await house.TryConnectAsync(kubeconfig, "first")).IsOk);
        var outcome = await house.TryConnectAsync(kubeconfig, "second", context: "hall");
        Assert.True(outcome.IsOk, outcome.Problem?.Detail);
        await house.StartWorkerAsync();
        await Eventually.HoldsAsync(
            async () =>
                (await house.As<IClusters, ClusterView?>(house.Center, c => c.FindAsync(outcome.Value.Id, default)))!.State
                == ClusterState.Connected,
            "the session to use the chosen context"
        );
    }

    [Fact]
    public async Task Names_sites_and_rights_are_checked()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        Assert.Equal("/name", (await house.TryConnectAsync(house.Cluster.KubeConfig)).Problem!.Errors[0].Pointer);
        var foreign = await house.As<IClusters, Outcome<ClusterView>>(
            house.Center,
            c => c.ConnectAsync(new ConnectCluster("site-of-somebody", "other", house.Cluster.KubeConfig), default)
        );
        Assert.Equal("/siteId", foreign.Problem!.Errors[0].Pointer);
        var stranger = new Actor("org_stranger", PartyKinds.Center, MemberRole.Owner);
        Assert.Null(await house.As<IClusters, ClusterView?>(stranger, c => c.FindAsync(house.ClusterId, default)));
        Assert.Null(await house.As<IClusters, ClusterInventoryView?>(stranger, c => c.InventoryAsync(house.ClusterId, default)));
        Assert.Empty(await house.As<IClusters, IReadOnlyList<ClusterView>>(stranger, c => c.ListAsync(default)));
        var disconnect = await house.As<IClusters, Outcome<ClusterView>>(stranger, c => c.DisconnectAsync(house.ClusterId, default));
        Assert.Equal(ProblemKind.NotFound, disconnect.Problem!.Kind);
        var member = house.Center with { Role = MemberRole.Member };
        var refused = await house.As<IClusters, Outcome<ClusterView>>(member, c => c.DisconnectAsync(house.ClusterId, default));
        Assert.Equal(ProblemKind.Forbidden, refused.Problem!.Kind);
    }

    [Fact]
    public async Task Disconnecting_is_refused_while_something_runs_and_forgets_the_secret()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        string contract = await house.DeployAsync(ProductKind.Job);
        Task<Outcome<ClusterView>> Disconnect() =>
            house.As<IClusters, Outcome<ClusterView>>(house.Center, c => c.DisconnectAsync(house.ClusterId, default));
        Assert.Equal("cluster-in-use", (await Disconnect()).Problem!.Code);
        await house.SqlAsync($"update provisioning.workload set phase = 'Terminated' where contract_id = '{contract}'");
        Assert.Equal(ClusterState.Disconnected, (await Disconnect()).Value.State);
        Assert.Equal("", await house.SqlAsync($"select encrypted_kubeconfig from provisioning.cluster where id = '{house.ClusterId}'"));
        Assert.Equal("cluster-disconnected", (await Disconnect()).Problem!.Code);
    }

    [Fact]
    public async Task A_kubeconfig_with_too_few_rights_is_refused_with_what_is_missing_and_the_role_to_apply()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        string full = await house.AccountAsync("full", "");
        string poor = await house.AccountAsync("poor", "pods/binding");
        var refused = await house.TryConnectAsync(poor);
        var error = Assert.Single(refused.Problem!.Errors);
        Assert.Equal((ProblemKind.Invalid, "/kubeconfig"), (refused.Problem.Kind, error.Pointer));
        Assert.EndsWith("Missing: pods/binding: create.", error.Message, StringComparison.Ordinal);
        Assert.Contains("kind: ClusterRole\n", error.Fix, StringComparison.Ordinal);
        Assert.Contains("resources: [pods/binding]\n  verbs: [create]\n", error.Fix, StringComparison.Ordinal);
        Assert.Equal(0L, await house.SqlAsync($"select count(*) from provisioning.cluster where party_id = '{house.Center.PartyId}'"));
        // With the role and nothing more, it is accepted, and a contract runs to its end.
        var connected = await house.TryConnectAsync(full);
        Assert.True(connected.IsOk, connected.Problem?.Detail);
        house.Adopt(connected.Value);
        await house.StartWorkerAsync();
        string contract = await house.DeployAsync(ProductKind.GangJob, replicas: 2, runSeconds: 1);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        Assert.True(
            (await house.MessagesAsync(contract)).OfType<WorkloadChanged>().Single(c => c.Phase == WorkloadPhase.Terminated).Completed
        );
    }

    [Fact]
    public async Task A_cluster_is_connected_once_whoever_connects_it_and_by_whatever_name_and_account()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        string other = await house.AccountAsync("other", "");
        var first = await house.ConnectAsync();
        Task<Outcome<ClusterView>> Again(Actor center, string name) =>
            house.As<IClusters, Outcome<ClusterView>>(
                center,
                c => c.ConnectAsync(new ConnectCluster($"site-of-{center.PartyId}", name, other), default)
            );
        var own = Assert.Single((await Again(house.Center, "annex")).Problem!.Errors);
        Assert.Equal(("/kubeconfig", true), (own.Pointer, own.Message.Contains("as hall", StringComparison.Ordinal)));
        Assert.Contains("disconnect", own.Fix, StringComparison.Ordinal);
        // Somebody else learns that it is taken, not by whom and how it is called there.
        var stranger = new Actor($"org_rival-of-{house.Center.PartyId}", PartyKinds.Center, MemberRole.Owner);
        var foreign = Assert.Single((await Again(stranger, "theirs")).Problem!.Errors);
        Assert.Equal("/kubeconfig", foreign.Pointer);
        Assert.DoesNotContain("hall", foreign.Message + foreign.Fix, StringComparison.Ordinal);
        Assert.NotEmpty(foreign.Fix);
        // Disconnected, it is free again, and so is its name.
        Assert.True((await house.As<IClusters, Outcome<ClusterView>>(house.Center, c => c.DisconnectAsync(first.Id, default))).IsOk);
        var back = await Again(house.Center, "hall");
        Assert.True(back.IsOk, back.Problem?.Detail);
        Assert.NotEqual(first.Id, back.Value.Id);
    }

    [Fact]
    public async Task Of_two_who_connect_a_cluster_at_the_same_time_one_is_refused()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        var both = await Task.WhenAll(
            house.TryConnectAsync(house.Cluster.KubeConfig, "left"),
            house.TryConnectAsync(house.Cluster.KubeConfig, "right")
        );
        Assert.Single(both, o => o.IsOk);
        Assert.Equal("/kubeconfig", Assert.Single(both, o => !o.IsOk).Problem!.Errors[0].Pointer);
    }

    [Fact]
    public async Task A_cluster_that_was_connected_before_clusters_were_recognised_is_recognised_by_its_worker()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        object? uid = await house.SqlAsync($"select cluster_uid from provisioning.cluster where id = '{house.ClusterId}'");
        Assert.True(Guid.TryParse((string?)uid, out _));
        await house.SqlAsync($"update provisioning.cluster set cluster_uid = null where id = '{house.ClusterId}'");
        await house.StartWorkerAsync();
        await Eventually.HoldsAsync(
            async () => uid!.Equals(await house.SqlAsync($"select cluster_uid from provisioning.cluster where id = '{house.ClusterId}'")),
            "the cluster to be recognised"
        );
    }
}
