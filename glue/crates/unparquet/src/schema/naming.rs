//! Unique names for the keys of JSON objects.

use std::collections::{HashMap, HashSet};

/// Renames later duplicates to `name_1`, `name_2`, …: the first that no other column has.
pub fn unique<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let given: HashSet<&str> = names.clone().collect();
    let mut taken: HashSet<String> = HashSet::new();
    // The next number to try, by name: lower ones are taken.
    let mut numbers: HashMap<&str, u64> = HashMap::new();
    names
        .map(|name| {
            let mut unique = name.to_string();
            while taken.contains(&unique) || (unique != name && given.contains(unique.as_str())) {
                let number = numbers.entry(name).or_insert(1);
                unique = format!("{name}_{number}");
                *number += 1;
            }
            taken.insert(unique.clone());
            unique
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::unique;

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
