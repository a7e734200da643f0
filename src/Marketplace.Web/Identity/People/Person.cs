using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.People;

/// <summary>Somebody who signs in. What they may do hangs on their memberships, never on the person.</summary>
[Global("A person may belong to several organisations; only identity reads this table.")]
internal sealed class Person
{
    public required string Id { get; init; }
    public required string Email { get; init; }

    /// <summary>Upper-cased; unique.</summary>
    public required string NormalizedEmail { get; init; }
    public DateTimeOffset? EmailConfirmedAt { get; set; }
    public required string Name { get; set; }

    /// <summary><c>en</c> or <c>zh-Hans</c>.</summary>
    public required string Locale { get; set; }

    /// <summary><c>system</c>, <c>light</c> or <c>dark</c>.</summary>
    public required string Theme { get; set; }
    public required string PasswordHash { get; set; }

    /// <summary>Changes with the password; what was made under an older stamp no longer counts.</summary>
    public required string SecurityStamp { get; set; }
    public int FailedSignIns { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static string Normalize(string email) => email.Trim().ToUpperInvariant();

    public static string NewStamp() => Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
}

internal sealed class PersonConfiguration : IEntityTypeConfiguration<Person>
{
    public void Configure(EntityTypeBuilder<Person> builder) => builder.ToTable("person", "identity").HasKey(p => p.Id);
}
