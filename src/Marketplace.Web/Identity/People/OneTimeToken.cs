using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Credentials;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.People;

/// <summary>What a mailed link is for.</summary>
internal enum TokenPurpose
{
    ConfirmEmail,
    ResetPassword,
}

/// <summary>A mailed link's secret, of which only the hash is kept. It works once, until it expires or the password changes.</summary>
[Global("Belongs to a person, not to a party; only identity reads this table.")]
internal sealed class OneTimeToken
{
    public required byte[] Hash { get; init; }
    public required TokenPurpose Purpose { get; init; }
    public required string PersonId { get; init; }
    public required string SecurityStamp { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? UsedAt { get; set; }
}

internal sealed class OneTimeTokenConfiguration : IEntityTypeConfiguration<OneTimeToken>
{
    public void Configure(EntityTypeBuilder<OneTimeToken> builder)
    {
        builder.ToTable("one_time_token", "identity").HasKey(t => t.Hash);
        builder.HasOne<Person>().WithMany().HasForeignKey(t => t.PersonId);
    }
}

/// <summary>Issues and redeems one-time tokens.</summary>
internal sealed class OneTimeTokens(MarketplaceDbContext db, TimeProvider time)
{
    /// <returns>The secret for the link; it is not kept.</returns>
    public string Issue(Person person, TokenPurpose purpose, TimeSpan life)
    {
        DateTimeOffset now = time.GetUtcNow();
        string secret = Secret.New("");
        db.Set<OneTimeToken>()
            .Add(
                new OneTimeToken
                {
                    Hash = Secret.Hash(secret),
                    Purpose = purpose,
                    PersonId = person.Id,
                    SecurityStamp = person.SecurityStamp,
                    CreatedAt = now,
                    ExpiresAt = now + life,
                }
            );
        return secret;
    }

    /// <summary>Uses the token up and returns its person, tracked and locked; null when it does not count (any more).</summary>
    public async Task<Person?> RedeemAsync(string secret, TokenPurpose purpose, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        byte[] hash = Secret.Hash(secret);
        // One statement, so that two clicks at once cannot both win.
        int used = await db.Set<OneTimeToken>()
            .Where(t => t.Hash == hash && t.Purpose == purpose && t.UsedAt == null && t.ExpiresAt > now)
            .ExecuteUpdateAsync(s => s.SetProperty(t => t.UsedAt, now), ct);
        if (used == 0)
            return null;
        OneTimeToken token = await db.Set<OneTimeToken>().AsNoTracking().SingleAsync(t => t.Hash == hash, ct);
        Person person = await db.Set<Person>()
            .FromSql($"select * from identity.person where id = {token.PersonId} for update")
            .AsTracking()
            .SingleAsync(ct);
        return person.SecurityStamp == token.SecurityStamp ? person : null;
    }

    /// <summary>True while <see cref="RedeemAsync"/> would work; changes nothing, for showing the right page.</summary>
    public Task<bool> IsGoodAsync(string secret, TokenPurpose purpose, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        byte[] hash = Secret.Hash(secret);
        return db.Set<OneTimeToken>()
            .AnyAsync(
                t =>
                    t.Hash == hash
                    && t.Purpose == purpose
                    && t.UsedAt == null
                    && t.ExpiresAt > now
                    && db.Set<Person>().Any(p => p.Id == t.PersonId && p.SecurityStamp == t.SecurityStamp),
                ct
            );
    }
}
