using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Migrations.Tests;

/// <summary>A context knows of its transaction, however it was begun: whoever posts asks, and would commit by itself without one.</summary>
public sealed class TransactionTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_context_that_has_begun_nothing_has_no_transaction()
    {
        await using var services = TestServices.Over(db, _ => { });
        await using var scope = services.Services.CreateAsyncScope();
        Assert.False(Context(scope).HasTransaction);
    }

    [Theory]
    [InlineData("InTransaction")]
    [InlineData("Begin")]
    [InlineData("BeginAsync")]
    [InlineData("Use")]
    [InlineData("UseAsync")]
    public async Task A_transaction_is_known_until_it_ends(string how)
    {
        await using var services = TestServices.Over(db, _ => { });
        await using var scope = services.Services.CreateAsyncScope();
        MarketplaceDbContext context = Context(scope);
        switch (how)
        {
            case "InTransaction":
                Assert.True(await context.InTransactionAsync(_ => Task.FromResult(context.HasTransaction), default));
                break;
            case "Begin":
                using (context.Database.BeginTransaction())
                    Assert.True(context.HasTransaction);
                break;
            case "BeginAsync":
                await using (await context.Database.BeginTransactionAsync())
                    Assert.True(context.HasTransaction);
                break;
            default:
                await context.Database.OpenConnectionAsync();
                await using (var theirs = await context.Database.GetDbConnection().BeginTransactionAsync())
                {
                    if (how == "Use")
                        context.Database.UseTransaction(theirs);
                    else
                        await context.Database.UseTransactionAsync(theirs);
                    Assert.True(context.HasTransaction);
                    await context.Database.UseTransactionAsync(null);
                }
                break;
        }
        Assert.False(context.HasTransaction);
    }

    private static MarketplaceDbContext Context(AsyncServiceScope scope)
    {
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        return scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
    }
}
