using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.Team;
using Marketplace.Web.Tests.Hosting;
using Npgsql;

namespace Marketplace.Web.Tests.Api;

/// <summary>Every command leaves its trace with its change or not at all, each party sees its own, and nobody changes the past.</summary>
public sealed class AuditTests(PortalHost host) : IClassFixture<PortalHost>
{
    private static readonly Actor Desk = new("org_desk", PartyKinds.Platform, MemberRole.Owner) { Name = "Dora", UserId = "usr_dora" };

    private static Actor Owner(PartyView party) =>
        new(party.Id, party.Kinds, MemberRole.Owner)
        {
            Name = "Olga",
            UserId = "usr_olga",
            Origin = "192.0.2.7, Firefox, Linux",
        };

    private async Task<IReadOnlyList<AuditEventView>> EventsAsync(Actor actor, AuditQuery? query = null) =>
        PortalHost
            .Must(
                await host.ActAsync<AuditDesk, Outcome<Page<AuditEventView>>>(actor, a => a.ListAsync(query ?? new AuditQuery(), default))
            )
            .Items;

    [Fact]
    public async Task A_command_says_who_did_what_to_what_from_where()
    {
        var party = await host.PartyAsync("Audited", PartyKinds.Customer);
        var key = PortalHost.Must(
            await host.ActAsync<ApiKeys, Outcome<CreatedCredential>>(
                Owner(party),
                keys => keys.CreateAsync(new CreateCredential("ci", ["orders-read"], null, MemberRole.Viewer), default)
            )
        );
        var made = Assert.Single(await EventsAsync(Owner(party)));
        Assert.Equal(
            ("credential.created", "API key", key.Id, AuditOutcome.Done, AuditActor.Person, "usr_olga", "Olga", party.Id),
            (made.Action, made.TargetKind, made.TargetId, made.Outcome, made.ActorKind, made.ActorId, made.ActorName, made.PartyId)
        );
        Assert.Equal("192.0.2.7, Firefox, Linux", made.Origin);
        Assert.Equal(host.Time.GetUtcNow(), made.At);
        Assert.Contains("Viewer: orders-read", made.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Secret, JsonSerializer.Serialize(made), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Money_membership_and_permissions_each_leave_an_event()
    {
        var party = await host.PartyAsync("Busy", PartyKinds.Customer);
        var owner = Owner(party);
        PortalHost.Must(
            await host.ActAsync<IPayments, Outcome<PaymentView>>(
                owner,
                p => p.TopUpAsync(Money.From(10, Currency.Cny), "top-up-1", default)
            )
        );
        var invitation = PortalHost.Must(
            await host.ActAsync<Invitations, Outcome<InvitationView>>(
                owner,
                i => i.InviteAsync(new InviteMember("new@busy.example.com", MemberRole.Member), default)
            )
        );
        PortalHost.Must(await host.ActAsync<Invitations, Outcome<Done>>(owner, i => i.WithdrawAsync(invitation.Id, default)));
        var key = await host.KeyAsync(party);
        PortalHost.Must(await host.ActAsync<ApiKeys, Outcome<Done>>(owner, k => k.RevokeAsync(key.Id, default)));
        PortalHost.Must(
            await host.ActAsync<IParties, Outcome<PartyView>>(
                Desk,
                p => p.DecideAsync(party.Id, PartyState.Suspended, "unpaid invoices", default)
            )
        );
        Assert.Equal(
            ["credential.revoked", "credential.created", "invitation.withdrawn", "invitation.sent", "payment.succeeded"],
            (await EventsAsync(owner)).Select(e => e.Action)
        );
        var decided = Assert.Single(await EventsAsync(Desk, new AuditQuery { TargetId = party.Id, Action = "party.decided" }));
        Assert.Equal(("Dora", "Suspended: unpaid invoices"), (decided.ActorName, decided.Detail));
    }

    [Fact]
    public async Task What_rolls_back_leaves_no_event()
    {
        var party = await host.PartyAsync("Rolled back", PartyKinds.Customer);
        await host.ActAsync<MarketplaceDbContext, int>(
            Owner(party),
            async db =>
            {
                await db.InTransactionAsync(
                    _ =>
                    {
                        db.Audit("listing.created", "listing", "lst_never");
                        return Task.FromResult(false);
                    },
                    default,
                    committed => committed
                );
                await Assert.ThrowsAsync<InvalidOperationException>(() =>
                    db.InTransactionAsync<int>(
                        _ =>
                        {
                            db.Audit("listing.created", "listing", "lst_thrown");
                            throw new InvalidOperationException("in the middle");
                        },
                        default
                    )
                );
                // A later command of the same scope must not carry the note along.
                return await db.SaveChangesAsync();
            }
        );
        Assert.Empty(await EventsAsync(Owner(party)));
    }

    [Fact]
    public async Task A_party_sees_its_own_events_and_the_desk_everybodys()
    {
        var one = await host.PartyAsync("One", PartyKinds.Customer);
        var two = await host.PartyAsync("Two", PartyKinds.Center);
        var keyOfOne = await host.KeyAsync(one);
        var keyOfTwo = await host.KeyAsync(two);
        var seen = await (await host.Program(keyOfOne.Secret).GetAsync("/api/v1/audit-events")).Content.ReadFromJsonAsync<JsonElement>();
        string all = seen.GetRawText();
        Assert.Contains(keyOfOne.Id, all, StringComparison.Ordinal);
        Assert.DoesNotContain(keyOfTwo.Id, all, StringComparison.Ordinal);
        Assert.Equal(1, seen.GetProperty("total").GetInt32());
        // Asking for another party's events finds nothing rather than theirs.
        var asked = await host.Program(keyOfOne.Secret).GetFromJsonAsync<JsonElement>($"/api/v1/audit-events?partyId={two.Id}");
        Assert.Equal(0, asked.GetProperty("items").GetArrayLength());
        var desk = await EventsAsync(Desk, new AuditQuery { Action = "credential", Limit = 500 });
        Assert.Subset(desk.Select(e => e.TargetId).ToHashSet(StringComparer.Ordinal), new HashSet<string> { keyOfOne.Id, keyOfTwo.Id });
        var viewer = await host.KeyAsync(one, MemberRole.Member);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Program(viewer.Secret).GetAsync("/api/v1/audit-events")).StatusCode);
    }

    [Fact]
    public async Task The_list_is_paged_searched_and_filtered()
    {
        var party = await host.PartyAsync("Paged", PartyKinds.Customer);
        List<string> keys = [];
        for (int i = 0; i < 5; i++)
            keys.Add((await host.KeyAsync(party)).Id);
        await host.ActAsync<ApiKeys, Outcome<Done>>(Owner(party), k => k.RevokeAsync(keys[0], default));
        var http = host.Program((await host.KeyAsync(party)).Secret);
        var first = await http.GetFromJsonAsync<JsonElement>("/api/v1/audit-events?limit=4");
        Assert.Equal((4, 7), (first.GetProperty("items").GetArrayLength(), first.GetProperty("total").GetInt32()));
        var second = await http.GetFromJsonAsync<JsonElement>(
            $"/api/v1/audit-events?limit=4&cursor={first.GetProperty("nextCursor").GetString()}"
        );
        Assert.Equal(3, second.GetProperty("items").GetArrayLength());
        var revoked = await http.GetFromJsonAsync<JsonElement>("/api/v1/audit-events?action=credential.revoked");
        Assert.Equal(keys[0], Assert.Single(revoked.GetProperty("items").EnumerateArray()).GetProperty("targetId").GetString());
        var found = await http.GetFromJsonAsync<JsonElement>("/api/v1/audit-events?search=Olga");
        Assert.Equal(1, found.GetProperty("items").GetArrayLength());
        var none = await http.GetFromJsonAsync<JsonElement>("/api/v1/audit-events?search=100%25");
        Assert.Equal(0, none.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_refused_command_is_written_down_and_changes_nothing()
    {
        var party = await host.PartyAsync("Refused", PartyKinds.Customer);
        var key = await host.KeyAsync(party, MemberRole.Viewer);
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/jobs/platform-forget-runs:run");
        request.Headers.Add("Idempotency-Key", "intruder");
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Program(key.Secret).SendAsync(request)).StatusCode);
        var refused = Assert.Single(await EventsAsync(Owner(party), new AuditQuery { Outcome = AuditOutcome.Refused }));
        Assert.Equal(
            ("api.refused", "POST /api/v1/jobs/{name}:run", AuditActor.Program, key.Id),
            (refused.Action, refused.TargetId, refused.ActorKind, refused.ActorId)
        );
    }

    [Theory]
    [InlineData("update platform.audit_event set actor_name = 'nobody'")]
    [InlineData("delete from platform.audit_event")]
    [InlineData("truncate platform.audit_event")]
    public async Task Nobody_changes_the_past(string sql)
    {
        await host.KeyAsync(await host.PartyAsync("Past", PartyKinds.Customer));
        long before = await host.ScalarAsync<long>("select count(*) from platform.audit_event");
        await using (var command = host.Database.CreateCommand(sql))
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
        await using var owner = NpgsqlDataSource.Create(host.TestDatabase.OwnerConnectionString + ";Pooling=false");
        await using (var command = owner.CreateCommand(sql))
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Equal("AU001", refused.SqlState);
        }
        Assert.Equal(before, await host.ScalarAsync<long>("select count(*) from platform.audit_event where actor_name <> 'nobody'"));
    }
}
