using System.Text.Json.Nodes;
using Marketplace.E2E.Hosting;
using Marketplace.Testing;

namespace Marketplace.E2E.Flows;

/// <summary>
/// kill -9 of the marketplace while a bulk order is being placed, then of the marketplace and its database at once while contracts end. What
/// was answered is there, what was begun is finished once, and the books balance.
/// </summary>
public sealed class PowerCut : IAsyncLifetime
{
    private const int Lines = 40;

    /// <summary>The bound of a failure on a busy machine, never the measure.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly DirectoryInfo data = DataFolder.Create("marketplace-cut-");
    private HostProcess? host;

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        if (host is not null)
            await host.DisposeAsync();
        data.Delete(recursive: true);
    }

    [Fact]
    public async Task Nothing_that_was_answered_is_lost_and_nothing_is_done_twice()
    {
        string order;
        string bulk;
        using (var customer = await CustomerAsync())
        {
            order = (await customer.PostAsync("/orders", Endpoint, once: "before-the-cut")).Id();
            bulk = (await customer.PostAsync("/bulk-orders", Bulk, once: "bulk-before-the-cut")).Id();
        }
        await host!.KillAsync();
        await StartAsync();

        string[] contracts;
        using (var customer = await CustomerAsync())
        {
            Assert.Equal(order, (await customer.PostAsync("/orders", Endpoint, once: "before-the-cut")).Id());
            Assert.Equal(bulk, (await customer.PostAsync("/bulk-orders", Bulk, once: "bulk-before-the-cut")).Id());
            await Eventually.HoldsAsync(
                async () => (await customer.GetAsync($"/bulk-orders/{bulk}")).State() == "completed",
                "the bulk order to be placed after the cut",
                Patience
            );
            var lines = await customer.ListAsync($"/bulk-orders/{bulk}/lines");
            Assert.All(lines, l => Assert.Equal("accepted", l.Text("status")));
            contracts = [.. lines.Select(l => l.Text("contractId")!), ContractOf(await customer.GetAsync($"/orders/{order}"))];
            Assert.Equal(Lines + 1, contracts.Distinct().Count());
            Assert.Equal(Lines, lines.Select(l => l.Text("orderId")).Distinct().Count());
            // The demo customer's own orders are there too: by name, none of these is there twice.
            var names = (await customer.ListAsync("/orders")).Select(o => o.Text("name")!).ToList();
            Assert.Equal(Lines, names.Count(n => n.StartsWith("bulk-", StringComparison.Ordinal)));
            Assert.Single(names, "survivor");
            await Eventually.HoldsAsync(
                async () => (await customer.GetAsync($"/contracts/{contracts[^1]}")).State() == "active",
                "the endpoint to run",
                Patience
            );
            foreach (string contract in contracts)
                await customer.PostAsync($"/contracts/{contract}:stop");
        }
        await host!.KillAsync();
        Replica.KillDatabase(data.FullName);
        await StartAsync();

        using (var customer = await CustomerAsync())
            foreach (string contract in contracts)
                await Eventually.HoldsAsync(
                    async () => (await customer.GetAsync($"/contracts/{contract}")).State() == "settled",
                    $"{contract} to be settled after the cut",
                    Patience
                );
        await using var backstage = await Backstage.EnterAsync(data.FullName);
        await BooksBalance.AssertAsync(backstage.Services);
    }

    private static object Endpoint =>
        new
        {
            workload = new
            {
                name = "survivor",
                product = "endpoint",
                image = "demo/policy-server:1.9",
                port = 8000,
                hours = 2,
            },
        };

    private static object Bulk =>
        new
        {
            mode = "bestEffort",
            lines = Enumerable
                .Range(0, Lines)
                .Select(i => new
                {
                    name = $"bulk-{i}",
                    product = "job",
                    image = "demo/train:3.1",
                    hours = 1,
                }),
        };

    private static string ContractOf(JsonNode order) => order["lines"]![0]!.Text("contractId")!;

    private async Task StartAsync() =>
        host = await HostProcess.StartAsync([
            $"--Data:Directory={data.FullName}",
            "--Demo:Enabled=true",
            "--Api:RequestsPerMinute=1000000",
            "--Api:Burst=1000000",
        ]);

    private async Task<PartyApi> CustomerAsync()
    {
        await using var backstage = await Backstage.EnterAsync(data.FullName);
        return await backstage.ProgramAsync("Lingxi Robotics", host!.Url);
    }
}
