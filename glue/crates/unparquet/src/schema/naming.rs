//! Unique names for the keys of JSON objects.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Renames later duplicates to the first free one of `name_1`, `name_2`, …
pub fn unique<'a>(names: impl Iterator<Item = Cow<'a, str>> + Clone) -> impl Iterator<Item = Cow<'a, str>> {
    let mut given: HashSet<Cow<'_, str>> = names.clone().collect();
    let are_unique = given.len() == names.clone().count();
    if are_unique {
        given = HashSet::new();
    }
    // New names of duplicates.
    let mut taken: HashSet<String> = HashSet::new();
    let mut seen: HashSet<Cow<'_, str>> = HashSet::new();
    // The next number to try, by name: lower ones are taken.
    let mut numbers: HashMap<Cow<'_, str>, u64> = HashMap::new();
    names.map(move |name| {
        if are_unique || seen.insert(name.clone()) {
            return name;
        }
        loop {
            let number = numbers.entry(name.clone()).or_insert(1);
            let unique = format!("{name}_{number}");
            *number += 1;
            if !given.contains(unique.as_str()) && taken.insert(unique.clone()) {
                return unique.into();
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    fn unique<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
        super::unique(names.map(Cow::Borrowed)).map(Cow::into_owned).collect()
    }

    #[test]
    fn later_duplicates_are_numbered() {
        assert_eq!(unique(["a", "b", "a", "a"].into_iter()), ["a", "b", "a_1", "a_2"]);
    }

    #[test]
    fn a_column_keeps_its_own_name_against_a_renamed_one() {
        assert_eq!(unique(["a", "a", "a_1"].into_iter()), ["a", "a_2", "a_1"]);
        assert_eq!(unique(["a_1", "a", "a"].into_iter()), ["a_1", "a", "a_2"]);
    }
}
